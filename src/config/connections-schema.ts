/**
 * The shape of connections.yaml, before references are resolved into certificates and addresses.
 *
 * Strict: an unknown key is an error. That exactly one of several keys is there is checked in `endpoint.ts`,
 * where the message can say which.
 */
import { z } from 'zod';
import { CLUSTER_KINDS } from '../contracts/names.js';

const text = z.string({ error: 'must be a text (quote it if it looks like a number)' }).min(1, 'must not be empty');

export const AuthSchema = z.strictObject({
  username: text.optional().describe('With password'),
  password: text.optional(),
  apiKey: text.optional().describe('As Elasticsearch gives it in "encoded", or id:api_key'),
  bearer: text.optional().describe('A token for Authorization: Bearer'),
});

export const TlsSchema = z.strictObject({
  ca: text.optional().describe('Path of a PEM file, relative to the connections file, or the PEM itself'),
  fingerprint: text.optional().describe('SHA-256 of the certificate or its CA: 64 hex digits, colons or not'),
  insecure: z.boolean({ error: 'must be true or false' }).optional().describe('Accept any certificate'),
  cert: text.optional().describe('Client certificate: path of a PEM file, or the PEM itself'),
  key: text.optional().describe('Key of the client certificate: path of a PEM file, or the PEM itself'),
});

const endpointKeys = { url: text.optional(), auth: AuthSchema.optional(), tls: TlsSchema.optional() };

export const ElasticsearchSchema = z.strictObject({
  ...endpointKeys,
  urls: z.array(text).min(1, 'must name at least one URL').optional().describe('Several nodes of one cluster'),
  cloudId: text.optional().describe('Cloud ID of an Elastic Cloud deployment'),
});

export const EndpointSchema = z.strictObject(endpointKeys);

export const KibanaSchema = z.strictObject({
  ...endpointKeys,
  connectorSecrets: z
    .record(z.string(), z.record(z.string(), text))
    .optional()
    .describe('Secrets of connectors that arrive without them, by "<id>" or "<space>/<id>": the fields that Kibana calls secrets'),
});

export const ConnectionSchema = z.strictObject({
  kind: z.enum(CLUSTER_KINDS, { error: `must be one of ${CLUSTER_KINDS.join(', ')}` }),
  elasticsearch: ElasticsearchSchema,
  kibana: KibanaSchema.optional(),
  logstash: EndpointSchema.optional(),
});

/** The file as a whole. Each connection is parsed by itself, so that problems in one do not hide those in another. */
export const ConnectionsFileSchema = z.strictObject({
  connections: z.record(z.string(), z.unknown()),
});

export type AuthInput = z.infer<typeof AuthSchema>;
export type TlsInput = z.infer<typeof TlsSchema>;
export type EndpointInput = z.infer<typeof ElasticsearchSchema>;
export type ConnectionInput = z.infer<typeof ConnectionSchema>;

/** The keys that are allowed at a place in the file, for suggestions. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(ConnectionsFileSchema.shape);
  if (path.length === 2) return Object.keys(ConnectionSchema.shape);
  if (path.length === 3) return Object.keys(path[2] === 'elasticsearch' ? ElasticsearchSchema.shape : path[2] === 'kibana' ? KibanaSchema.shape : EndpointSchema.shape);
  return Object.keys(path.at(-1) === 'auth' ? AuthSchema.shape : TlsSchema.shape);
}
