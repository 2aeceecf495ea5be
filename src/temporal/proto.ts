/**
 * Temporal's protobuf messages.
 *
 * The package is CommonJS, and Node.js does not see its names: they have to be taken off the whole.
 */
import * as whole from '@temporalio/proto';
import type { temporal as Temporal } from '@temporalio/proto';

interface Loaded {
  readonly default?: { readonly temporal?: typeof Temporal };
  readonly temporal: typeof Temporal;
}

function take(loaded: Loaded): typeof Temporal {
  return loaded.default?.temporal ?? loaded.temporal;
}

export const temporal: typeof Temporal = take(whole);
