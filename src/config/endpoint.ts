/**
 * Turns one block of the connections file (elasticsearch, kibana, logstash) into addresses, credentials and trust.
 *
 * Every problem is collected with its path, and none repeats a value, since any value may be a secret.
 */
import { cloudIdUrl } from './cloud-id.js';
import type { Auth, EndpointConfig } from './connection-config.js';
import type { AuthInput, EndpointInput } from './connections-schema.js';
import type { Surroundings } from './interpolate.js';
import { Secret } from './secret.js';
import { resolveTls } from './tls-config.js';

function checkUrl(text: string, at: string, problems: string[]): string | undefined {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    problems.push(`${at}: must be a URL such as https://host:9200`);
    return undefined;
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    problems.push(`${at}: must not hold a user or password; put them into auth`);
  } else if (url.search !== '' || url.hash !== '') {
    problems.push(`${at}: must not have a query or fragment`);
  }
  return url.href.replace(/\/+$/, '');
}

function resolveUrls(input: EndpointInput, at: string, problems: string[]): string[] {
  const given = (['url', 'urls', 'cloudId'] as const).filter((key) => input[key] !== undefined);
  if (given.length !== 1) {
    const allowed = at.endsWith('.elasticsearch') ? 'exactly one of url, urls and cloudId' : 'url';
    problems.push(`${at}: needs ${allowed}${given.length > 1 ? `, but has ${given.join(' and ')}` : ''}`);
  }
  if (input.cloudId !== undefined) {
    const url = cloudIdUrl(input.cloudId);
    if (url === undefined) problems.push(`${at}.cloudId: is not a Cloud ID; copy it from the deployment's page in the cloud console`);
    return url === undefined ? [] : [url];
  }
  const texts = input.urls?.map((text, index) => ({ text, at: `${at}.urls[${index}]` })) ?? [];
  if (input.url !== undefined) texts.push({ text: input.url, at: `${at}.url` });
  return texts.flatMap((item) => checkUrl(item.text, item.at, problems) ?? []);
}

function resolveAuth(input: AuthInput, at: string, problems: string[]): Auth | null {
  const ways = [input.username ?? input.password, input.apiKey, input.bearer].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    problems.push(`${at}: needs exactly one of { username, password }, { apiKey } and { bearer }`);
    return null;
  }
  if (input.apiKey !== undefined) {
    // The API answers with id, api_key and encoded; people copy either form.
    const encoded = input.apiKey.includes(':') ? Buffer.from(input.apiKey).toString('base64') : input.apiKey;
    return Object.freeze({ type: 'apiKey', apiKey: new Secret(encoded) });
  }
  if (input.bearer !== undefined) return Object.freeze({ type: 'bearer', token: new Secret(input.bearer) });
  if (input.username === undefined || input.password === undefined) {
    problems.push(`${at}: needs ${input.username === undefined ? 'username beside password' : 'password beside username'}`);
    return null;
  }
  return Object.freeze({ type: 'basic', username: input.username, password: new Secret(input.password) });
}

/**
 * Resolves one block.
 *
 * @param at path of the block in the file, e.g. `connections.old.kibana`
 * @param inherited credentials that count when the block has none
 */
export function resolveEndpoint(
  input: EndpointInput,
  at: string,
  inherited: Auth | null,
  around: Surroundings,
): EndpointConfig {
  const urls = resolveUrls(input, at, around.problems);
  const auth = input.auth === undefined ? inherited : resolveAuth(input.auth, `${at}.auth`, around.problems);
  const tls = resolveTls(input.tls ?? {}, `${at}.tls`, around);
  if (input.tls !== undefined && urls.some((url) => url.startsWith('http:'))) {
    around.problems.push(`${at}.tls: has no meaning with an http URL; write https, or remove tls`);
  }
  return Object.freeze({ urls: Object.freeze(urls), auth, tls });
}
