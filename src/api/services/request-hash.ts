/** The hash by which two requests are the same: of the parsed body, defaults filled in, keys in order. */
import { createHash } from 'node:crypto';
import type { MigrationRequest } from '../../contracts/requests.js';

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  // Arrays of pairs instead of an object: an object would move keys that look like numbers to the front.
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, canonical(member)]);
}

export function requestHash(request: MigrationRequest): string {
  return createHash('sha256').update(JSON.stringify(canonical(request))).digest('hex');
}
