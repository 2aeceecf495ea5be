/**
 * The two settings that hold secrets in lists: tokens of the API and keys of the payload encryption.
 *
 * Problems name the position in the list, never the text, which is or contains a secret.
 */
import { ROLES, type Role } from '../contracts/names.js';
import { Secret } from './secret.js';
import type { Variables } from './variables.js';

export interface ApiToken {
  readonly role: Role;
  /** Who it is in the audit: role and position in the list, e.g. `operator-2`. */
  readonly name: string;
  readonly token: Secret;
}

export interface EncryptionKey {
  readonly id: string;
  /** 32 bytes, base64. */
  readonly key: Secret;
}

/** Shortest token that is taken; a shorter one can be guessed. */
const MIN_TOKEN_CHARS = 8;
const KEY_BYTES = 32;

/** Parses `role:token,role:token`. The token may itself contain colons, but no comma. */
export function parseTokens(variables: Variables, name: string): readonly ApiToken[] {
  const tokens: ApiToken[] = [];
  for (const [index, item] of variables.list(name).entries()) {
    const colon = item.indexOf(':');
    const role = ROLES.find((candidate) => candidate === item.slice(0, Math.max(colon, 0)).trim());
    const token = item.slice(colon + 1).trim();
    if (role === undefined) {
      variables.problems.push(`${name}: item ${index + 1} must be role:token with one of the roles ${ROLES.join(', ')}`);
    } else if (token.length < MIN_TOKEN_CHARS || /\s/.test(token)) {
      variables.problems.push(`${name}: the token of item ${index + 1} needs at least ${MIN_TOKEN_CHARS} characters and no white space`);
    } else if (tokens.some((known) => known.token.reveal() === token)) {
      variables.problems.push(`${name}: item ${index + 1} repeats the token of another item; give each its own`);
    } else {
      tokens.push(Object.freeze({ role, name: `${role}-${index + 1}`, token: new Secret(token) }));
    }
  }
  return Object.freeze(tokens);
}

/** Parses `id:base64(32 bytes),...`: the first key encrypts, all of them decrypt. */
export function parseEncryptionKeys(variables: Variables, name: string): readonly EncryptionKey[] {
  const keys: EncryptionKey[] = [];
  for (const [index, item] of variables.list(name).entries()) {
    const match = /^([A-Za-z0-9_.-]{1,64}):([A-Za-z0-9+/_-]+={0,2})$/.exec(item);
    const [, id = '', text = ''] = match ?? [];
    if (match === null || Buffer.from(text, 'base64').length !== KEY_BYTES) {
      variables.problems.push(`${name}: item ${index + 1} must be id:key, the key 32 bytes in base64 (openssl rand -base64 32)`);
    } else if (keys.some((known) => known.id === id)) {
      variables.problems.push(`${name}: item ${index + 1} repeats the id "${id}"; every key needs its own`);
    } else {
      keys.push(Object.freeze({ id, key: new Secret(Buffer.from(text, 'base64').toString('base64')) }));
    }
  }
  return Object.freeze(keys);
}
