/** Methods in the ledger, by which the rows of a reindex are told apart. */

/** Row 0 of an index or data stream, which stands for the whole of it. */
export const UNIT_METHOD = 'reindex';

/** A slice of it; from 1 on. */
export const SLICE_METHOD = 'reindex-slice';
