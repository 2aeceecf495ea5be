/**
 * What is done with an object that an import did not simply create: by the request's policy, never by chance. Pure.
 *
 * Nothing is created while one object of a file conflicts, so a decision is needed for each, also for those without trouble.
 */
import type { OnConflict } from '../../contracts/saved-objects-request.js';
import type { ErrorCode } from '../errors.js';
import type { Outcome } from './rows.js';

export interface ImportError {
  readonly type: string;
  readonly destinationId?: string | undefined;
  readonly destinations?: readonly { readonly id: string; readonly title?: string | undefined; readonly updatedAt?: string | undefined }[] | undefined;
  readonly references?: readonly { readonly type: string; readonly id: string }[] | undefined;
  readonly message?: string | undefined;
  readonly statusCode?: number | undefined;
}

export interface Situation {
  readonly id: string;
  readonly error: ImportError;
  readonly onConflict: OnConflict;
  /** Ids at the target that have the same content. */
  readonly equal: ReadonlySet<string>;
  /** The id that a copy gets: always the same one. */
  readonly copyId: string;
  /** Whether the copy is there already, from an earlier run. */
  readonly hasCopy: boolean;
  /** Missing references that may be missing: they dangle at the source too, or the request says so. */
  readonly mayDangle: (reference: { readonly type: string; readonly id: string }) => boolean;
}

export type Decision =
  /** Nothing is sent: it is at the target. */
  | { readonly kind: 'settled'; readonly outcome: Outcome; readonly targetId: string; readonly note: string | null }
  | { readonly kind: 'overwrite'; readonly targetId: string; readonly note: string | null }
  | { readonly kind: 'copy'; readonly targetId: string }
  | { readonly kind: 'dangle'; readonly note: string }
  | { readonly kind: 'park'; readonly code: ErrorCode; readonly reason: string };

export function decide(situation: Situation): Decision {
  const { error } = situation;
  switch (error.type) {
    case 'conflict':
      return conflict(situation, [error.destinationId ?? situation.id]);
    case 'ambiguous_conflict':
      // As Kibana lists them: the last changed first.
      return conflict(situation, (error.destinations ?? []).map(({ id }) => id));
    case 'missing_references':
      return missing(situation);
    case 'unsupported_type':
      return { kind: 'park', code: 'ObjectUnsupported', reason: 'the target does not know this type' };
    default:
      return { kind: 'park', code: 'ObjectRejected', reason: `Kibana refused it: ${error.message ?? error.type}${error.statusCode === undefined ? '' : ` (${String(error.statusCode)})`}` };
  }
}

function conflict({ equal, onConflict, copyId, hasCopy }: Situation, destinations: readonly string[]): Decision {
  const same = destinations.find((id) => equal.has(id));
  if (same !== undefined) return { kind: 'settled', outcome: 'unchanged', targetId: same, note: null };
  const [newest] = destinations;
  if (newest === undefined) return { kind: 'park', code: 'ObjectRejected', reason: 'Kibana names no object that it conflicts with' };
  const isAmbiguous = destinations.length > 1;
  const which = isAmbiguous ? `${String(destinations.length)} objects of the same origin are at the target (${destinations.slice(0, 3).join(', ')})` : null;
  switch (onConflict) {
    case 'fail':
      return { kind: 'park', code: 'ObjectConflict', reason: which ?? `the target has another version of it (${newest})` };
    case 'skip':
      return { kind: 'settled', outcome: 'kept', targetId: newest, note: which ?? 'the target has another version of it, which was left' };
    case 'overwrite':
      return { kind: 'overwrite', targetId: newest, note: which === null ? null : `${which}; the last changed was overwritten` };
    case 'copy':
      return hasCopy ? { kind: 'settled', outcome: equal.has(copyId) ? 'unchanged' : 'kept', targetId: copyId, note: equal.has(copyId) ? null : 'a copy from an earlier run was changed since, and left' } : { kind: 'copy', targetId: copyId };
  }
}

function missing({ error, mayDangle }: Situation): Decision {
  const references = error.references ?? [];
  const names = references.map(({ type, id }) => `${type}:${id}`).slice(0, 5).join(', ');
  if (references.every((reference) => mayDangle(reference))) return { kind: 'dangle', note: `it refers to ${names}, which is not there` };
  return { kind: 'park', code: 'ReferenceMissing', reason: `it refers to ${names}, which is not at the target` };
}
