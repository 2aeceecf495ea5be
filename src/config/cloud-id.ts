/** Cloud IDs: the addresses of an Elastic Cloud deployment in one string. */

/**
 * The Elasticsearch address in a Cloud ID.
 *
 * `label:base64(domain[:port]$elasticsearch[:port]$kibana[:port])`; the label may itself hold colons, so the last
 * one separates. A port stands at the Elasticsearch part or, for all parts, at the domain; else it is 443.
 * @returns the URL, or undefined if the text is not a Cloud ID
 * @see Elastic Cloud: Find your Cloud ID
 */
export function cloudIdUrl(cloudId: string): string | undefined {
  const encoded = cloudId.slice(cloudId.lastIndexOf(':') + 1).trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const [domainPart = '', elasticsearchPart = ''] = Buffer.from(encoded, 'base64').toString('utf8').split('$');
  const [domain = '', commonPort] = domainPart.split(':');
  const [id = '', ownPort] = elasticsearchPart.split(':');
  const port = ownPort ?? commonPort ?? '443';
  if (!/^[A-Za-z0-9.-]+$/.test(domain) || !/^[A-Za-z0-9.-]+$/.test(id) || !/^\d{1,5}$/.test(port)) return undefined;
  return `https://${id}.${domain}:${port}`;
}
