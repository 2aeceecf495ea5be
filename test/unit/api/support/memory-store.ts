/** A store in memory, as small as the API's use of it: an honest stand-in, not the real one. */
import type { AuditEntry, Report } from '../../../../src/contracts/report.js';
import { GodwitError } from '../../../../src/domain/errors.js';
import type { DeadLetter, LedgerRow, MigrationRecord, Store } from '../../../../src/store/store.js';

export interface MemoryStore extends Store {
  readonly records: Map<string, MigrationRecord>;
  readonly audits: Map<string, AuditEntry[]>;
  readonly kept: Map<string, Report>;
  readonly rows: Map<string, LedgerRow[]>;
  readonly letters: Map<string, DeadLetter[]>;
  /** Every call fails as long as it is set. */
  isDown: boolean;
}

const unused = (name: string) => (): never => {
  throw new Error(`the API does not call ${name}`);
};

function fits(record: MigrationRecord, filter: Parameters<Store['migrations']['list']>[0]): boolean {
  const { status, type, source, target, createdBefore } = filter;
  return (
    (status === undefined || record.status === status) &&
    (type === undefined || record.type === type) &&
    (source === undefined || record.source === source) &&
    (target === undefined || record.target === target) &&
    (createdBefore === undefined || record.createdAt < createdBefore)
  );
}

export function memoryStore(): MemoryStore {
  const records = new Map<string, MigrationRecord>();
  const audits = new Map<string, AuditEntry[]>();
  const kept = new Map<string, Report>();
  const rows = new Map<string, LedgerRow[]>();
  const letters = new Map<string, DeadLetter[]>();
  const up = (): void => {
    if (store.isDown) throw new GodwitError('StoreUnavailable', 'the store does not answer');
  };
  const store: MemoryStore = {
    records,
    audits,
    kept,
    rows,
    letters,
    isDown: false,
    migrations: {
      async save(record) {
        up();
        const before = records.get(record.id);
        records.set(record.id, {
          ...record,
          state: record.state ?? before?.state ?? null,
          requestHash: record.requestHash ?? before?.requestHash ?? null,
        });
      },
      async find(id) {
        up();
        return records.get(id) ?? null;
      },
      async list(filter) {
        up();
        return [...records.values()]
          .filter((record) => fits(record, filter))
          .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id))
          .slice(0, filter.limit);
      },
    },
    ledger: {
      add: unused('ledger.add'),
      change: unused('ledger.change'),
      byIndex: unused('ledger.byIndex'),
      summary: unused('ledger.summary'),
      outcomes: unused('ledger.summary'),
      earlierDigests: unused('ledger.summary'),
      indexReports: unused('ledger.indexReports'),
      async page(id, { statuses, index, after, limit }) {
        up();
        return (rows.get(id) ?? [])
          .filter((row) => statuses === undefined || statuses.includes(row.status))
          .filter((row) => index === undefined || row.index === index)
          .filter((row) => after === undefined || row.index > after.index || (row.index === after.index && row.slice > after.slice))
          .slice(0, limit);
      },
    },
    effects: {
      begin: unused('effects.begin'),
      beginAll: unused('effects.beginAll'),
      settle: unused('effects.settle'),
      settleAll: unused('effects.settleAll'),
      list: unused('effects.list'),
    },
    backups: { keep: unused('backups.keep'), page: unused('backups.page') },
    deadLetters: {
      replace: unused('deadLetters.replace'),
      groups: unused('deadLetters.groups'),
      notKept: () => Promise.resolve(0),
      async page(id, { cause, after = 0, limit }) {
        up();
        return (letters.get(id) ?? []).filter((letter) => letter.sequence > after && (cause === undefined || letter.cause === cause)).slice(0, limit);
      },
    },
    audit: {
      async append(id, entry) {
        up();
        audits.set(id, [...(audits.get(id) ?? []), entry]);
      },
      list: async (id) => audits.get(id) ?? [],
    },
    reports: {
      save: unused('reports.save'),
      async find(id) {
        up();
        return kept.get(id) ?? null;
      },
    },
    ping: async () => up(),
    close: async () => undefined,
  };
  return store;
}
