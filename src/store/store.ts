/**
 * What Godwit keeps beyond Temporal's retention: the last state and the report of every migration, the ledger of
 * slices, the effects on either cluster with their undo, and the audit of who did what.
 *
 * This is the interface; `postgres.ts` is its only implementation. Every write is one statement and safe to
 * repeat, because activities are. Nothing here ever holds a credential; the only documents are dead letters.
 */
import type { AuditEntry, EffectReport, IndexReport, Report, Verdict } from '../contracts/report.js';
import type { SliceStatus } from '../contracts/names.js';
import type { Json, JsonObject } from '../domain/json.js';

/** One row of the ledger: the smallest unit that is retried, the same for every type of migration. */
export interface LedgerRow {
  readonly index: string;
  readonly slice: number;
  readonly target: string;
  /** How it is moved: snapshot, reindex, copy... May change for unfinished rows only. */
  readonly method: string;
  readonly status: SliceStatus;
  /** Documents at the source as counted in the plan; null if unknown. */
  readonly documents: number | null;
  readonly bytes: number | null;
  readonly attempts: number;
  readonly error: { code: string; message: string; remedy: string } | null;
  readonly cursor: Json;
  readonly digest: string | null;
  readonly verdict: Verdict | null;
  /** What the method needs to know again, e.g. creation date and kind of the index. */
  readonly detail: JsonObject;
}

export type NewLedgerRow = Pick<LedgerRow, 'index' | 'slice' | 'target' | 'method' | 'documents' | 'bytes' | 'detail'>;

/** What may be changed in a row; `detail` is merged into what is there (jsonb ||). */
export type LedgerChange = Partial<
  Pick<LedgerRow, 'target' | 'method' | 'status' | 'documents' | 'bytes' | 'error' | 'cursor' | 'digest' | 'verdict' | 'detail'>
> & {
  readonly index: string;
  readonly slice: number;
  /** Adds one to attempts. */
  readonly countAttempt?: boolean;
};

export interface LedgerFilter {
  readonly statuses?: readonly SliceStatus[];
  readonly index?: string;
  readonly verdicts?: readonly Verdict[];
  readonly methods?: readonly string[];
  readonly after?: { readonly index: string; readonly slice: number };
  /** Default `index`: one index after the other. `turn`: the first slice of every index, then the second of every index... */
  readonly order?: LedgerOrder;
  readonly limit: number;
}

export type LedgerOrder = 'index' | 'turn';

export interface LedgerSummary {
  readonly status: SliceStatus;
  readonly verdict: Verdict | null;
  readonly rows: number;
  readonly documents: number;
  readonly bytes: number;
}

/** Something done to a cluster, with what takes it back. */
export interface Effect {
  readonly id: number;
  readonly kind: string;
  /** Name of the connection it was done to. */
  readonly connection: string;
  readonly subject: string;
  readonly undo: JsonObject;
  readonly state: EffectReport['state'];
  readonly note: string | null;
}

/** A document that the target refused, as it was sent. */
export interface NewDeadLetter {
  readonly id: string;
  readonly routing: string | null;
  readonly status: number;
  /** Type of the error at the target. */
  readonly cause: string;
  readonly reason: string;
  readonly documentBytes: number;
  /** JSON; null if it is too large to be kept. */
  readonly document: string | null;
}

export interface DeadLetter extends NewDeadLetter {
  /** Position in the list. */
  readonly sequence: number;
  readonly index: string;
  readonly slice: number;
  readonly target: string;
}

export interface DeadLetterGroup {
  readonly cause: string;
  /** Of one of them. */
  readonly reason: string;
  readonly documents: number;
  /** Documents of slices that a person skipped. */
  readonly accepted: number;
  /** The first few. */
  readonly ids: readonly string[];
}

/** What the target had of something that was overwritten. */
export interface Backup {
  readonly subject: string;
  readonly content: string;
}

export interface MigrationRecord {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly status: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly requestHash: string | null;
  /** The migration as last known, in the form of the API. */
  readonly state: JsonObject | null;
}

export interface MigrationFilter {
  readonly status?: string;
  readonly type?: string;
  readonly source?: string;
  readonly target?: string;
  /** RFC 3339; only migrations created at or after / before. */
  readonly createdFrom?: string;
  readonly createdBefore?: string;
  readonly limit: number;
}

export interface Store {
  readonly migrations: {
    /** Inserts or replaces by id; a null `state` or `requestHash` leaves what is there. */
    save(record: MigrationRecord): Promise<void>;
    find(id: string): Promise<MigrationRecord | null>;
    /** Newest first. */
    list(filter: MigrationFilter): Promise<MigrationRecord[]>;
  };
  readonly ledger: {
    /** Adds rows as pending; rows that exist stay as they are. Takes any number of rows. */
    add(migrationId: string, rows: readonly NewLedgerRow[]): Promise<void>;
    /** Takes any number of changes; in one statement a batch. */
    change(migrationId: string, changes: readonly LedgerChange[]): Promise<void>;
    /** Ordered by index, slice; or by slice, index. */
    page(migrationId: string, filter: LedgerFilter): Promise<LedgerRow[]>;
    /** Rows of the named indices, ordered by index, slice. */
    byIndex(migrationId: string, indices: readonly string[]): Promise<LedgerRow[]>;
    summary(migrationId: string): Promise<LedgerSummary[]>;
    /** How often each `outcome` in `detail` occurs; empty for types that note none. */
    outcomes(migrationId: string): Promise<Readonly<Record<string, number>>>;
    /** Digests that earlier migrations of the same type, source and target noted for these rows. */
    earlierDigests(migrationId: string, indices: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
    /** One line an index, the worst first. `arrived`: indices of which nothing is left to move. */
    indexReports(migrationId: string, limit: number): Promise<{ items: IndexReport[]; total: number; arrived: number; verdicts: Readonly<Partial<Record<Verdict, number>>> }>;
  };
  readonly effects: {
    /** Records an intention before it is carried out; returns the existing one if it is already there (same kind, connection, subject). */
    begin(migrationId: string, effect: Pick<Effect, 'kind' | 'connection' | 'subject' | 'undo'>): Promise<Effect>;
    /** The same for many at once. */
    beginAll(migrationId: string, effects: readonly Pick<Effect, 'kind' | 'connection' | 'subject' | 'undo'>[]): Promise<void>;
    settle(migrationId: string, key: Pick<Effect, 'kind' | 'connection' | 'subject'>, state: Effect['state'], note?: string): Promise<void>;
    settleAll(migrationId: string, keys: readonly Pick<Effect, 'kind' | 'connection' | 'subject'>[], state: Effect['state']): Promise<void>;
    /** Newest first, those of the given states, with id below `beforeId` if given. */
    list(migrationId: string, filter: { states?: readonly Effect['state'][]; kinds?: readonly string[]; beforeId?: number; limit: number }): Promise<Effect[]>;
  };
  readonly deadLetters: {
    /** Replaces those of a slice. Beyond `maxLetters` of the whole migration none is kept. */
    replace(migrationId: string, slice: { readonly index: string; readonly slice: number; readonly target: string }, letters: readonly NewDeadLetter[], maxLetters: number): Promise<void>;
    /** In the order in which they came, after a sequence number. */
    page(migrationId: string, filter: { readonly cause?: string; readonly after?: number; readonly limit: number }): Promise<DeadLetter[]>;
    /** By cause, the most frequent first. */
    groups(migrationId: string, limit: number): Promise<DeadLetterGroup[]>;
    /** Documents that were refused beyond those that are kept: `refused` in `detail` of the slices says how many there were. */
    notKept(migrationId: string): Promise<number>;
  };
  readonly backups: {
    /** Keeps what is about to be overwritten; what is kept already stays as it is. `part` is whatever is brought back together. */
    keep(migrationId: string, part: string, backups: readonly Backup[]): Promise<void>;
    /** By subject, as many as fit into `maxBytes`, at least one. */
    page(migrationId: string, part: string, filter: { readonly after?: string; readonly maxBytes: number }): Promise<Backup[]>;
  };
  readonly audit: {
    append(migrationId: string, entry: AuditEntry): Promise<void>;
    list(migrationId: string): Promise<AuditEntry[]>;
  };
  readonly reports: {
    save(migrationId: string, report: Report): Promise<void>;
    find(migrationId: string): Promise<Report | null>;
  };
  /** Throws StoreUnavailable if it does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
