/** The word that somebody probably meant, for "did you mean". */

/** Damerau-Levenshtein distance with adjacent transpositions, the commonest slip of the fingers. */
function distance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, row) => [row]);
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  const first = rows[0];
  for (let column = 1; first !== undefined && column <= b.length; column += 1) first[column] = column;
  for (let row = 1; row <= a.length; row += 1) {
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + cost);
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) best = Math.min(best, at(row - 2, column - 2) + 1);
      const current = rows[row];
      if (current !== undefined) current[column] = best;
    }
  }
  return at(a.length, b.length);
}

/** @returns the nearest candidate if it is near enough to be meant: a third of the letters, case aside */
export function closestWord(word: string, candidates: readonly string[]): string | null {
  // Quadratic in the length: nobody means a known word with a text of hundreds of letters.
  if (word.length > 100) return null;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : null;
}
