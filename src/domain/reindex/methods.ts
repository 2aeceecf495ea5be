/** Methods in the ledger, by which the rows of a sliced migration are told apart. */

/** Row 0 of an index or data stream, which stands for the whole of it. */
export const UNIT_METHOD = { reindex: 'reindex', copy: 'copy', verify: 'verify' } as const;
export const UNIT_METHODS = Object.values(UNIT_METHOD);

/** A slice of it; from 1 on. */
export const SLICE_METHOD = { reindex: 'reindex-slice', copy: 'copy-slice' } as const;
export const SLICE_METHODS = Object.values(SLICE_METHOD);
