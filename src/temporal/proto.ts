/**
 * Temporal's protobuf messages.
 *
 * The package is CommonJS, and Node.js does not see its names: they have to be taken off the whole.
 */
import * as whole from '@temporalio/proto';
import type { temporal as Temporal } from '@temporalio/proto';

interface WithDefault {
  readonly default?: { readonly temporal: typeof Temporal };
}

const { default: commonJs }: WithDefault = whole;

export const temporal: typeof Temporal = commonJs?.temporal ?? whole.temporal;
