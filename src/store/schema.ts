/**
 * The tables, as a list of versions. A version that has been released never changes; a change is a new version.
 *
 * `json` keeps the order of keys, which people see in reports; `jsonb` only where SQL looks inside or merges.
 * Text that is paged by has collation "C": the same order in every database, and no dependence on its locale.
 */
export interface SchemaVersion {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

const initial = `
CREATE TABLE godwit.migration (
  id           text COLLATE "C" PRIMARY KEY,
  type         text NOT NULL,
  source       text NOT NULL,
  target       text NOT NULL,
  status       text NOT NULL,
  created_at   timestamptz NOT NULL,
  ended_at     timestamptz,
  request_hash text,
  state        json
);
CREATE INDEX migration_newest ON godwit.migration (created_at DESC, id DESC);

CREATE TABLE godwit.ledger (
  migration_id text COLLATE "C" NOT NULL,
  index_name   text COLLATE "C" NOT NULL,
  slice        integer NOT NULL,
  target       text NOT NULL,
  method       text NOT NULL,
  status       text NOT NULL DEFAULT 'pending',
  documents    bigint,
  bytes        bigint,
  attempts     integer NOT NULL DEFAULT 0,
  error        json,
  cursor       json,
  digest       text,
  verdict      text,
  detail       jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (migration_id, index_name, slice)
);
CREATE INDEX ledger_by_status ON godwit.ledger (migration_id, status, index_name, slice);

CREATE TABLE godwit.effect (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  migration_id text COLLATE "C" NOT NULL,
  kind         text COLLATE "C" NOT NULL,
  connection   text COLLATE "C" NOT NULL,
  subject      text COLLATE "C" NOT NULL,
  undo         json NOT NULL,
  state        text NOT NULL DEFAULT 'begun',
  note         text,
  UNIQUE (migration_id, kind, connection, subject)
);
CREATE INDEX effect_newest ON godwit.effect (migration_id, id DESC);

CREATE TABLE godwit.audit (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  migration_id text COLLATE "C" NOT NULL,
  at           timestamptz NOT NULL,
  actor        text NOT NULL,
  role         text NOT NULL,
  action       text NOT NULL,
  detail       text
);
-- Makes a repeated append harmless. A digest, because an index entry may not be longer than 2,700 bytes.
CREATE UNIQUE INDEX audit_once ON godwit.audit (migration_id, at, md5(actor || chr(10) || action || chr(10) || coalesce(detail, '')));

CREATE TABLE godwit.report (
  migration_id text COLLATE "C" PRIMARY KEY,
  report       json NOT NULL
);
`;

/** Slices are taken in turns of all indices. */
const ledgerByTurn = 'CREATE INDEX ledger_by_turn ON godwit.ledger (migration_id, slice, index_name);';

const deadLetters = `
CREATE TABLE godwit.dead_letter (
  sequence       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  migration_id   text COLLATE "C" NOT NULL,
  index_name     text COLLATE "C" NOT NULL,
  slice          integer NOT NULL,
  target         text NOT NULL,
  document_id    text NOT NULL,
  routing        text,
  status         integer NOT NULL,
  cause          text NOT NULL,
  reason         text NOT NULL,
  document_bytes bigint NOT NULL,
  document       text,
  at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dead_letter_of_slice ON godwit.dead_letter (migration_id, index_name, slice);
CREATE INDEX dead_letter_in_order ON godwit.dead_letter (migration_id, sequence);
`;

const backups = `
CREATE TABLE godwit.backup (
  migration_id  text COLLATE "C" NOT NULL,
  part          text COLLATE "C" NOT NULL,
  subject       text COLLATE "C" NOT NULL,
  content_bytes bigint NOT NULL,
  content       text NOT NULL,
  PRIMARY KEY (migration_id, subject)
);
CREATE INDEX backup_by_part ON godwit.backup (migration_id, part, subject);
`;

export const SCHEMA_VERSIONS: readonly SchemaVersion[] = [
  { version: 1, name: 'initial', sql: initial },
  { version: 2, name: 'ledger-by-turn', sql: ledgerByTurn },
  { version: 3, name: 'dead-letters', sql: deadLetters },
  { version: 4, name: 'backups', sql: backups },
];
