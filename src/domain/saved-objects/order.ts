/** The order in which objects arrive, and how they are cut into batches. Pure. */

export interface Orderable {
  readonly key: string;
  /** Keys that it refers to; those that are not in the list do not count. */
  readonly references: readonly string[];
  readonly bytes: number;
}

/**
 * References before what refers to them, otherwise in the given order. A circle has no such order: it stays together as
 * far as its members follow each other. Iterative, since a chain of references may be as long as the list.
 */
export function dependenciesFirst<Item extends Orderable>(items: readonly Item[]): Item[] {
  const byKey = new Map(items.map((item) => [item.key, item]));
  const entered = new Set<string>();
  const ordered: Item[] = [];
  for (const root of items) {
    const stack: { item: Item; next: number }[] = [];
    const enter = (item: Item): void => {
      if (entered.has(item.key)) return;
      entered.add(item.key);
      stack.push({ item, next: 0 });
    };
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const key = top.item.references[top.next];
      top.next += 1;
      if (key === undefined) {
        ordered.push(top.item);
        stack.pop();
        continue;
      }
      const target = byKey.get(key);
      if (target !== undefined) enter(target);
    }
  }
  return ordered;
}

/** Consecutive pieces within both bounds; an item that is larger than `maxBytes` is a piece of its own. */
export function cutBatches<Item extends Pick<Orderable, 'bytes'>>(items: readonly Item[], maxItems: number, maxBytes: number): Item[][] {
  const batches: Item[][] = [];
  let current: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    if (current.length > 0 && (current.length >= maxItems || bytes + item.bytes > maxBytes)) {
      batches.push(current);
      [current, bytes] = [[], 0];
    }
    current.push(item);
    bytes += item.bytes;
  }
  return current.length === 0 ? batches : [...batches, current];
}
