/**
 * Ids of migrations: 26 characters of [0-9a-z], because an id becomes part of a snapshot's name.
 *
 * Without an Idempotency-Key an id sorts by the time it was made. With one it is a function of the key alone, so that
 * every replica of the API derives the same id and Temporal's uniqueness of workflow ids does the rest.
 */
import { createHash, randomBytes } from 'node:crypto';

/** Crockford's base 32 in lower case: no i, l, o, u to mistake. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARS = 10;
const RANDOM_CHARS = 15;
const KEYED_CHARS = 25;

function base32(bytes: Uint8Array, chars: number): string {
  let text = '';
  for (let index = 0; index < chars; index += 1) {
    const bit = index * 5;
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += ALPHABET.charAt((pair >> (11 - (bit & 7))) & 31);
  }
  return text;
}

function timePart(ms: number): string {
  let rest = ms;
  let text = '';
  for (let index = 0; index < TIME_CHARS; index += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** @param nowMs milliseconds since the epoch */
export function newMigrationId(nowMs: number): string {
  return `m${timePart(nowMs)}${base32(randomBytes(10), RANDOM_CHARS)}`;
}

/** 125 bits of SHA-256: two keys do not meet by chance. */
export function migrationIdForKey(idempotencyKey: string): string {
  return `k${base32(createHash('sha256').update(idempotencyKey, 'utf8').digest(), KEYED_CHARS)}`;
}
