/** Who copies slices: the same everywhere, in whatever thread it is done. */
import type { CopyResult, CopySliceOptions } from './copy-slice.js';

export interface SliceCopier {
  /**
   * As `copySlice`, between two connections by name.
   *
   * @throws GodwitError: retryable if the slice can be copied again from its start
   */
  copy(source: string, target: string, options: CopySliceOptions): Promise<CopyResult>;
}
