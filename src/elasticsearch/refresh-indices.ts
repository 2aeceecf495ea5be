/** Makes what was written to many indices of a source visible, with few requests. */
import type { errors } from '@elastic/elasticsearch';
import { tryCall } from './calls.js';
import type { Cluster } from './cluster.js';
import { chunkNames } from './names.js';

const TIMEOUT_MS = 120_000;

interface RefreshOptions {
  readonly signal?: AbortSignal;
  /** Answers after which the indices of a request stay as they are. */
  readonly isExpected?: (error: errors.ResponseError) => boolean;
}

/** An index that is gone is passed over. @throws the codes of failed calls */
export async function refreshIndices(source: Cluster, names: readonly string[], { signal, isExpected = () => false }: RefreshOptions = {}): Promise<void> {
  for (const index of chunkNames(names)) {
    await tryCall(
      source,
      { action: 'refresh the source' },
      () => source.client.indices.refresh({ index, ignore_unavailable: true, allow_no_indices: true }, { requestTimeout: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) }),
      isExpected,
    );
  }
}
