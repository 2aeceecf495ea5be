/** "Did you mean": the known word nearest to a misspelt one. */

/** Edit distance (Levenshtein) of two short words. */
function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

const MIN_PREFIX = 4;

/**
 * The known word that was probably meant, or undefined when none is near.
 *
 * Near means at most a third of the letters differ, or one is the beginning of the other (user, username): beyond
 * that a suggestion is a guess and misleads.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  if (best !== undefined && best.edits <= Math.max(2, Math.floor(best.candidate.length / 3))) return best.candidate;
  return word.length < MIN_PREFIX ? undefined : known.find((candidate) => candidate.startsWith(word) || word.startsWith(candidate));
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const suggestion = nearest(word, known);
  return suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
}
