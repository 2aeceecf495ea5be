/** The parts of the store that activities of saved-objects use, in memory: rows, effects, backups. */
import type { Backup, Effect, LedgerRow, NewLedgerRow, Store } from '../../../src/store/store.js';

export interface MemoryStore {
  readonly store: Store;
  readonly rows: Map<string, LedgerRow>;
  readonly effects: Effect[];
}

const keyOf = ({ index, slice }: { readonly index: string; readonly slice: number }): string => `${index}\0${String(slice).padStart(6, '0')}`;

export function memoryStore(): MemoryStore {
  const rows = new Map<string, LedgerRow>();
  const effects: Effect[] = [];
  const backups = new Map<string, Map<string, string>>();
  const inOrder = (): LedgerRow[] => [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  const same = (a: Pick<Effect, 'kind' | 'connection' | 'subject'>) => (b: Effect): boolean => a.kind === b.kind && a.connection === b.connection && a.subject === b.subject;
  const parts: { readonly ledger: Partial<Store['ledger']>; readonly effects: Partial<Store['effects']>; readonly backups: Store['backups'] } = {
    ledger: {
      add: async (_id, added) => {
        for (const row of added) if (!rows.has(keyOf(row))) rows.set(keyOf(row), fresh(row));
      },
      change: async (_id, changes) => {
        for (const { countAttempt = false, detail, ...change } of changes) {
          const row = rows.get(keyOf(change));
          if (row !== undefined) rows.set(keyOf(change), { ...row, ...change, attempts: row.attempts + (countAttempt ? 1 : 0), detail: { ...row.detail, ...detail } });
        }
      },
      page: async (_id, { statuses, index, methods, limit, after }) =>
        inOrder()
          .filter((row) => (statuses?.includes(row.status) ?? true) && (index ?? row.index) === row.index && (methods?.includes(row.method) ?? true) && (after === undefined || keyOf(row) > keyOf(after)))
          .slice(0, limit),
      byIndex: async (_id, indices) => inOrder().filter((row) => indices.includes(row.index)),
      earlierDigests: async () => new Map(),
    },
    effects: {
      begin: async (_id, effect) => {
        const known = effects.find(same(effect));
        if (known !== undefined) return known;
        const begun: Effect = { ...effect, id: effects.length + 1, state: 'begun', note: null };
        effects.push(begun);
        return begun;
      },
      settle: async (_id, key, state, note) => {
        const at = effects.findIndex(same(key));
        const known = effects[at];
        if (known !== undefined) effects[at] = { ...known, state, note: note ?? known.note };
      },
      list: async (_id, { states, kinds, limit, beforeId }) =>
        [...effects]
          .reverse()
          .filter((effect) => (states?.includes(effect.state) ?? true) && (kinds?.includes(effect.kind) ?? true) && effect.id < (beforeId ?? Infinity))
          .slice(0, limit),
    },
    backups: {
      keep: async (_id, part, kept) => {
        const known = backups.get(part) ?? new Map<string, string>();
        backups.set(part, known);
        for (const { subject, content } of kept) if (!known.has(subject)) known.set(subject, content);
      },
      page: async (_id, part, { after = '' }) => [...(backups.get(part) ?? [])].filter(([subject]) => subject > after).sort().map(([subject, content]): Backup => ({ subject, content })),
    },
  };
  return { store: parts as Store, rows, effects };
}

function fresh(row: NewLedgerRow): LedgerRow {
  return { ...row, status: 'pending', attempts: 0, error: null, cursor: null, digest: null, verdict: null };
}
