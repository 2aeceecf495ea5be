/** A batch of saved objects on its way, as the activities that move it share it. */
import type { SavedObjectsRequest } from '../contracts/requests.js';
import type { GodwitError } from '../domain/errors.js';
import type { ObjectDetail } from '../domain/saved-objects/details.js';
import type { Outcome } from '../domain/saved-objects/rows.js';
import type { Kibana } from '../kibana/kibana.js';
import type { ObjectKey, SavedObject } from '../kibana/saved-objects.js';
import type { LedgerRow, Store } from '../store/store.js';

export interface BatchContext {
  readonly id: string;
  readonly request: SavedObjectsRequest;
  readonly space: string;
  /** This migration made the space, so nothing was in it before. */
  readonly isOwnSpace: boolean;
  readonly source: Kibana;
  readonly target: Kibana;
  readonly store: Store;
}

/** An object on its way. */
export interface Item extends ObjectKey {
  readonly row: LedgerRow;
  readonly detail: ObjectDetail;
  readonly existed: boolean;
  /** The id that a copy of it gets. */
  readonly copyId: string;
  /** The id by which Kibana knows it again under another one. */
  readonly origin: string;
  /** Whether there was a copy before the first import; false also where none is asked for. */
  readonly copyExisted: boolean;
  /** As it is sent, references rewritten as far as their new ids are known. */
  line: string;
  object: SavedObject;
  /** Set once it is known what becomes of it. */
  result: { readonly outcome: Outcome; readonly targetId: string; readonly note: string | null; readonly mayBeOurs?: boolean } | { readonly error: GodwitError } | null;
  readonly notes: string[];
}
