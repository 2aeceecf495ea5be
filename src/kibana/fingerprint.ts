/** Short marks of saved objects: to compare without keeping them, and to give a copy the same id every time. */
import { createHash } from 'node:crypto';
import { comparable, comparableAttributes, comparableReferences, titleOf, type Comparable } from '../domain/saved-objects/comparison.js';

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

export const fingerprint = (object: Comparable): string => digest(comparable(object));
export const attributesFingerprint = (object: Comparable): string => digest(comparableAttributes(object));
export const referencesFingerprint = (object: Comparable): string => digest(comparableReferences(object));

interface Versioned extends Comparable {
  readonly typeMigrationVersion?: string | undefined;
}

/** Whether a Kibana of another version may have made the one of the other: attributes change then, title and references do not. */
export function isMigratedFrom(sent: Versioned, arrived: Versioned): boolean {
  return sent.typeMigrationVersion !== arrived.typeMigrationVersion && referencesFingerprint(sent) === referencesFingerprint(arrived) && titleOf(sent.attributes) === titleOf(arrived.attributes);
}

/**
 * The id of the copy of an object: a UUID (version 8) made from where the object comes from and where it goes, so that a
 * second run finds the copy of the first. Kibana's own copies have random ids, and every run makes more of them.
 */
export function copyIdOf(from: { readonly kibana: string; readonly space: string; readonly type: string; readonly id: string }): string {
  const bytes = createHash('sha256').update(JSON.stringify([from.kibana, from.space, from.type, from.id])).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
