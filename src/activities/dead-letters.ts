/** How many of the documents that a target refused are kept. */

/** Dead letters of a migration that are kept; beyond that documents are only counted. */
export const MAX_LETTERS = 10_000;
