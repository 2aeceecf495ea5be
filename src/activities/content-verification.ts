/**
 * Compares the documents of indices, and mends the target where it is asked to.
 *
 * Where a comparison has got to is kept in the row (`cursor`), so another worker goes on from there; what it found is
 * kept in `detail.content` for whoever judges it.
 */
import { z } from 'zod';
import type { ComparedRequest } from '../contracts/requests.js';
import { contentOf } from '../domain/content-verdict.js';
import { GodwitError } from '../domain/errors.js';
import { JsonObjectSchema, JsonSchema } from '../domain/json.js';
import type { LedgerRow, Store } from '../store/store.js';
import { ComparisonStateSchema, FullComparison, sourceDocumentsOf, type ComparisonContext } from '../verification/full-comparison.js';
import { mending } from '../verification/mend.js';
import { Pace } from '../transfer/pace.js';
import { checkpointsOf } from '../verification/parts.js';
import { compareSample } from '../verification/sample-comparison.js';
import { pairOf, type RowPair } from './content-pairs.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT } from './effects.js';
import { parkRows, type RowKey, type RowTrouble } from './rows.js';
import { openTransformer } from './transforms.js';

interface ContentInput {
  readonly id: string;
  readonly request: ComparedRequest;
  readonly rows: readonly RowKey[];
  /** Rewrite and delete at the target what differs. */
  readonly mend: boolean;
  readonly requestsPerSecond: number | null;
  readonly windowMs: number;
}

interface ContentOutcome {
  /** Not through yet: call again. */
  readonly waiting: readonly RowKey[];
  readonly troubles: readonly RowTrouble[];
  /** Documents of the source that were read so far for all the rows, in whatever window and by whatever worker. */
  readonly documents: number;
}

const DoneSchema = z.object({ phase: z.literal('done'), isOver: z.literal(true) });
const DONE = { phase: 'done', isOver: true } as const;

export function isCompared(row: LedgerRow): boolean {
  return DoneSchema.safeParse(row.cursor).success;
}

/** Safe to repeat: a part of an index that is not finished is read again. */
async function compareContents(deps: ActivityDeps, input: ContentInput): Promise<ContentOutcome> {
  const { store } = deps;
  const deadline = Date.now() + input.windowMs;
  const rows = await openRows(store, input);
  const parked: { row: RowKey; error: GodwitError }[] = [];
  const progress = new DocumentsRead(documentsKnown(rows));
  const waiting: RowKey[] = [];
  for (const row of rows.filter((other) => !isCompared(other))) {
    if (Date.now() >= deadline) {
      waiting.push({ index: row.index, slice: row.slice });
      continue;
    }
    try {
      const isThrough = await compareRow(deps, input, row, deadline, progress);
      if (!isThrough) waiting.push({ index: row.index, slice: row.slice });
    } catch (error) {
      if (!(error instanceof GodwitError) || error.retryable) throw error;
      await store.ledger.change(input.id, [{ index: row.index, slice: row.slice, cursor: null, verdict: 'not-compared' }]);
      parked.push({ row, error: error.subject === undefined ? new GodwitError(error.code, `${row.index}: ${error.message}`, { remedy: error.remedy, subject: row.index }) : error });
    }
  }
  return { waiting, troubles: await parkRows(store, input.id, parked), documents: documentsKnown(await openRows(store, input)) };
}

async function openRows(store: Store, { id, rows }: ContentInput): Promise<LedgerRow[]> {
  const found = await store.ledger.byIndex(id, rows.map((row) => row.index));
  return found.filter(({ slice, status }) => slice === 0 && (status === 'pending' || status === 'running' || status === 'completed'));
}

/** Shown meanwhile: documents of the source. */
class DocumentsRead {
  constructor(public read: number) {}
}

/** By the ledger, so that what a worker compared before it died counts, and counts once. */
function documentsKnown(rows: readonly LedgerRow[]): number {
  let documents = 0;
  for (const row of rows) {
    if (isCompared(row)) {
      documents += contentOf(row.detail)?.sourceDocuments ?? 0;
      continue;
    }
    const state = ComparisonStateSchema.safeParse(row.cursor);
    if (state.success) documents += sourceDocumentsOf(state.data);
  }
  return documents;
}

async function compareRow(deps: ActivityDeps, input: ContentInput, row: LedgerRow, deadline: number, progress: DocumentsRead): Promise<boolean> {
  const transformer = await openTransformer(deps.transforms, input.request);
  try {
    const pair = await pairOf(deps.clusters, deps.store, input.id, input.request, row, transformer);
    return await comparePair(deps, input, row, await withCutoff(deps, input, row, pair), deadline, progress);
  } finally {
    await transformer?.close();
  }
}

async function comparePair(deps: ActivityDeps, input: ContentInput, row: LedgerRow, pair: RowPair, deadline: number, progress: DocumentsRead): Promise<boolean> {
  const { store } = deps;
  const { id, request, mend } = input;
  const { index, slice } = row;
  if (pair.members[0] !== index && pair.members.includes(index)) {
    // The documents of all are compared once, with the first.
    await store.ledger.change(id, [{ index, slice, cursor: { ...DONE }, detail: { content: null, comparedWith: pair.members[0] ?? '' } }]);
    return true;
  }
  const signal = cancellationSignal();
  const pace = new Pace(input.requestsPerSecond);
  const context: ComparisonContext = {
    signal,
    pace,
    deadline,
    save: async (state) => store.ledger.change(id, [{ index, slice, cursor: JsonSchema.parse(state) }]),
    onProgress: (doing, documents) => {
      if (doing.endsWith('at the source')) progress.read += documents;
      report({ step: mend ? 'repair' : 'verify', detail: `${row.index}: ${doing}`, ...(request.type === 'verify' && !mend ? { progress: { documents: progress.read } } : {}) });
    },
    mend: mend ? mending({ source: pair.source, target: pair.target, targetName: row.target, isStream: pair.isStream, reading: { form: pair.content, signal, pace } }) : null,
  };
  if (mend) await store.effects.begin(id, { ...effectOf(request, row), undo: {} });
  const known = ComparisonStateSchema.safeParse(row.cursor);
  const content =
    request.verify === 'sample' ? await compareSample(pair, context) : await (await FullComparison.open(pair, context, known.success ? known.data : null)).run();
  if (content === null) return false;
  if (mend) {
    await store.effects.settle(id, effectOf(request, row), 'kept', `${String(content.repaired)} document(s) rewritten or deleted: ${String(content.missing)} were missing, ${String(content.different)} different, ${String(content.extra)} extra`);
    // To be compared once more.
    await store.ledger.change(id, [{ index, slice, status: 'pending', cursor: null, detail: { repaired: (repairedOf(row) ?? 0) + content.repaired } }]);
  } else {
    await store.ledger.change(id, [{ index, slice, cursor: { ...DONE }, detail: { content: JsonObjectSchema.parse({ ...content, repaired: repairedOf(row) ?? 0 }) } }]);
  }
  return true;
}

function effectOf(request: ComparedRequest, row: LedgerRow): { kind: string; connection: string; subject: string } {
  return { kind: EFFECT.repairDocuments, connection: request.target, subject: row.target };
}

function repairedOf(row: LedgerRow): number | null {
  const { repaired } = row.detail;
  return typeof repaired === 'number' ? repaired : null;
}

/** A `verify` compares the source as it is when the comparison begins; that is noted, for whoever goes on with it. */
async function withCutoff({ store }: ActivityDeps, { id, request }: ContentInput, { index, slice, detail, cursor }: LedgerRow, pair: RowPair): Promise<RowPair> {
  if (request.type !== 'verify') return pair;
  const noted = z.record(z.string(), z.number()).safeParse(detail['checkpoints']);
  if (noted.success && cursor !== null) return { ...pair, checkpoints: noted.data };
  const checkpoints = (await checkpointsOf(pair.source, cancellationSignal())) ?? {};
  await store.ledger.change(id, [{ index, slice, detail: { checkpoints: { ...checkpoints } } }]);
  return { ...pair, checkpoints };
}

/** Sums of what was found, for a question to a person. */
export function sumOf(rows: readonly LedgerRow[]): { indices: number; missing: number; extra: number; different: number } {
  const sum = { indices: 0, missing: 0, extra: 0, different: 0 };
  for (const row of rows) {
    const content = contentOf(row.detail);
    if (content === null) continue;
    sum.indices += 1;
    sum.missing += content.missing;
    sum.extra += content.extra;
    sum.different += content.different;
  }
  return sum;
}

export function createContentActivities(deps: ActivityDeps) {
  return { compareContents: withPulse((input: ContentInput) => compareContents(deps, input)) };
}
