/** Several changes of one row become one: a statement applies only one of two matches, and which is not defined. */
import type { LedgerChange } from './store.js';

export type FoldedChange = Omit<LedgerChange, 'countAttempt'> & { readonly addAttempts: number };

/** Later changes win field by field; `detail` merges; attempts add up. */
export function foldChanges(changes: readonly LedgerChange[]): FoldedChange[] {
  const byRow = new Map<string, FoldedChange>();
  for (const { countAttempt, ...change } of changes) {
    const key = `${change.slice}/${change.index}`;
    const earlier = byRow.get(key);
    const detail = earlier?.detail === undefined && change.detail === undefined ? undefined : { ...earlier?.detail, ...change.detail };
    byRow.set(key, {
      ...earlier,
      ...change,
      ...(detail === undefined ? {} : { detail }),
      addAttempts: (earlier?.addAttempts ?? 0) + (countAttempt === true ? 1 : 0),
    });
  }
  return [...byRow.values()];
}
