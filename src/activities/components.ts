/**
 * Writes components into the target, compares them, and leaves what acts by itself switched off.
 *
 * Each component is judged anew before it is written: what is there already and the same is left alone, so any of
 * these may run twice. One that fails is parked with its reason and stops no other.
 */
import { COMPONENT_KINDS, type ComponentKind } from '../contracts/component-kinds.js';
import type { ComponentsRequest } from '../contracts/components-request.js';
import { describeDifferences } from '../domain/components/compare.js';
import { KINDS, parseComponentId, withheldBecause } from '../domain/components/kinds.js';
import { GodwitError } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { isLifecycleRunning, setLifecycle, type Lifecycle } from '../elasticsearch/components/lifecycles.js';
import { readKind } from '../elasticsearch/components/read.js';
import { completeComponent, readBody, writeComponent } from '../elasticsearch/components/write.js';
import type { LedgerRow, Store } from '../store/store.js';
import { COMPONENT_EFFECT, digestOf, type ComponentUndo } from './component-undo.js';
import { createComponentPreflightActivities } from './components-preflight.js';
import { describeOutcome, survey, type Surveyed } from './components-survey.js';
import { cancellationSignal, report, throwIfCanceled, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { keepRest } from './effects.js';
import { parkRows, parkedKeys, type RowKey, type RowTrouble } from './rows.js';

interface RowsInput {
  readonly id: string;
  readonly request: ComponentsRequest;
  readonly rows: readonly RowKey[];
}

interface WriteInput extends RowsInput {
  readonly concurrency: number;
}

/** Errors that say nothing about the component: all wait for the cluster, and the attempt is made again. */
const OF_THE_CLUSTER: readonly string[] = ['ConnectionFailed', 'Timeout', 'Unavailable', 'TlsUntrusted', 'TlsWrongName', 'TlsFailed', 'AuthenticationRejected', 'NotElasticsearch', 'Canceled', 'StoreUnavailable'];

/** The next rows that wait, of one kind, in the order in which kinds depend on each other; with `orParked` those that are parked, if there is none. Read-only. */
async function nextComponents({ store }: ActivityDeps, { id, after, limit, statuses, orParked }: { id: string; after: RowKey | null; limit: number; statuses: readonly LedgerRow['status'][]; orParked?: boolean }): Promise<RowKey[]> {
  const position = after === null ? null : (parseComponentId(after.index)?.kind ?? null);
  for (const kind of COMPONENT_KINDS.slice(position === null ? 0 : COMPONENT_KINDS.indexOf(position))) {
    const rows = await store.ledger.page(id, { statuses, methods: [kind], limit, ...(after !== null && kind === position ? { after } : {}) });
    if (rows.length > 0) return rows.map(({ index, slice }) => ({ index, slice }));
  }
  return orParked === true ? parkedKeys(store, id, limit) : [];
}

/** Rows of a batch by kind, in dependency order. */
async function rowsByKind(store: Store, { id, rows }: RowsInput, status: LedgerRow['status']): Promise<[ComponentKind, LedgerRow[]][]> {
  const open = (await store.ledger.byIndex(id, rows.map((row) => row.index))).filter((row) => row.status === status);
  return COMPONENT_KINDS.flatMap((kind) => {
    const ofKind = open.filter((row) => row.method === kind);
    return ofKind.length === 0 ? [] : [[kind, ofKind] as [ComponentKind, LedgerRow[]]];
  });
}

interface Found {
  readonly row: LedgerRow;
  /** null: gone at the source. */
  readonly component: Surveyed | null;
}

async function surveyRows({ clusters }: ActivityDeps, request: ComponentsRequest, kind: ComponentKind, rows: readonly LedgerRow[]): Promise<Found[]> {
  const names = new Set(rows.map((row) => parseComponentId(row.index)?.name));
  const { components, denied } = await survey({
    source: clusters.get(request.source),
    target: clusters.get(request.target),
    request,
    kinds: [kind],
    isWanted: (_kind, name) => names.has(name),
    signal: cancellationSignal(),
  });
  const [first] = denied;
  if (first !== undefined) throw first.error;
  const byName = new Map(components.map((component) => [component.name, component]));
  return rows.map((row) => ({ row, component: byName.get(parseComponentId(row.index)?.name ?? '') ?? null }));
}

/** @returns the components that could not be written; they are parked */
async function writeComponents(deps: ActivityDeps, input: WriteInput): Promise<RowTrouble[]> {
  const troubles: RowTrouble[] = [];
  for (const [kind, rows] of await rowsByKind(deps.store, input, 'pending')) {
    const waiting = await eachOrPark(deps.store, input.id, rows, () => surveyRows(deps, input.request, kind, rows), troubles);
    let written = 0;
    for (let from = 0; from < waiting.length; from += input.concurrency) {
      throwIfCanceled();
      const results = await Promise.allSettled(waiting.slice(from, from + input.concurrency).map((found) => writeOne(deps, input, found)));
      const parked: { row: RowKey; error: GodwitError }[] = [];
      for (const [at, result] of results.entries()) {
        const row = waiting[from + at]?.row;
        if (result.status === 'rejected' && row !== undefined) parked.push({ row, error: ofRow(result.reason) });
      }
      troubles.push(...(await parkRows(deps.store, input.id, parked)));
      written += results.length - parked.length;
      report({ step: 'transfer', detail: `${KINDS[kind].title}: ${String(written)} of ${String(rows.length)} in this batch` });
    }
  }
  return troubles;
}

/** The error as that of one component. @throws it, if it is that of the cluster or a bug */
function ofRow(error: unknown): GodwitError {
  if (error instanceof GodwitError && !OF_THE_CLUSTER.includes(error.code)) return error;
  throw error;
}

/** A kind that cannot be read parks its rows, and the other kinds go on. */
async function eachOrPark(store: Store, id: string, rows: readonly LedgerRow[], read: () => Promise<Found[]>, troubles: RowTrouble[]): Promise<Found[]> {
  try {
    return await read();
  } catch (error) {
    const parked = ofRow(error);
    troubles.push(...(await parkRows(store, id, rows.map((row) => ({ row, error: parked })))));
    return [];
  }
}

async function writeOne({ clusters, store }: ActivityDeps, { id, request }: WriteInput, { row, component }: Found): Promise<void> {
  const target = clusters.get(request.target);
  const { index, slice } = row;
  const signal = cancellationSignal();
  const { kind, judgement, source, target: atTarget } = writable(row, component, await isHalfWritten(store, id, row, component));
  // There already: written by an attempt that could not say so, or by somebody else meanwhile.
  const isThere = judgement.standing === 'same';
  if (!isThere) {
    const definition = await readBody(clusters.get(request.source), kind, source.name, judgement.definition ?? {}, signal);
    // By the plan, so that one that is begun again after it was cut off keeps the undo noted the first time.
    const effect = { kind: row.detail['standing'] === 'missing' ? COMPONENT_EFFECT.write : COMPONENT_EFFECT.replace, connection: request.target, subject: index };
    const withheld = atTarget === null ? null : withheldBecause(kind, atTarget.raw);
    const undo: ComponentUndo = { before: withheld === null ? (atTarget?.raw ?? null) : null, withheld, written: digestOf(judgement.definition ?? {}) };
    await store.effects.begin(id, { ...effect, undo });
    await writeComponent(target, kind, source, definition, { former: atTarget, isRestoring: false }, signal);
    await store.effects.settle(id, effect, 'done', atTarget === null ? undefined : withheld === null ? 'the former one is kept for an undo' : `the former one is not kept: ${withheld}`);
  }
  await completeComponent(target, kind, source.name, signal);
  const readBack = await digestAtTarget(target, kind, source.name, signal);
  const done = row.detail['standing'] === 'missing' ? 'written' : 'replaced';
  await store.ledger.change(id, [
    { index, slice, status: 'completed', error: null, countAttempt: true, detail: { note: describeOutcome({ kind, judgement }, done), ...(readBack === null ? {} : { readBack }) } },
  ]);
}

/** Whether what differs at the target is what an earlier attempt began to write and was cut off from. */
async function isHalfWritten(store: Store, id: string, { index }: LedgerRow, component: Surveyed | null): Promise<boolean> {
  if (component?.judgement.standing !== 'differs') return false;
  // One for each write that was cut off: few.
  const begun = await store.effects.list(id, { kinds: [COMPONENT_EFFECT.write, COMPONENT_EFFECT.replace], states: ['begun'], limit: 1_000 });
  return begun.some(({ subject }) => subject === index);
}

/** @throws ComponentUnavailable and ComponentExists where it is not to be written after all */
function writable(row: LedgerRow, component: Surveyed | null, isHalfWritten: boolean): Surveyed {
  if (component === null) throw new GodwitError('ComponentUnavailable', `${row.index} is no longer at the source`, { subject: row.index, remedy: 'Skip it.' });
  const { kind, name, judgement } = component;
  const what = `the ${KINDS[kind].title} ${name}`;
  if (judgement.standing === 'same' || isHalfWritten || judgement.plan === 'write' || judgement.plan === 'replace') return component;
  if (judgement.plan === 'refuse' || judgement.plan === 'keep') throw new GodwitError('ComponentExists', `${what} exists at the target and differs: ${judgement.reason ?? ''}`, { subject: row.index });
  throw new GodwitError('ComponentUnavailable', `${what} cannot be written: ${judgement.reason ?? judgement.standing}`, { subject: row.index });
}

async function digestAtTarget(target: Cluster, kind: ComponentKind, name: string, signal: AbortSignal): Promise<string | null> {
  const reading = await readKind(target, kind, { isWanted: (candidate) => candidate === name, names: [name], signal });
  const entry = reading.state === 'read' ? reading.entries.get(name) : undefined;
  return entry === undefined ? null : digestOf(KINDS[kind].normalise(entry));
}

/** Reads every component back and compares it, field by field, with what was to arrive. Read-only at both clusters. */
async function verifyComponents(deps: ActivityDeps, input: RowsInput): Promise<RowTrouble[]> {
  const troubles: RowTrouble[] = [];
  for (const [kind, rows] of await rowsByKind(deps.store, input, 'completed')) {
    const found = await eachOrPark(deps.store, input.id, rows, () => surveyRows(deps, input.request, kind, rows), troubles);
    const equal = found.filter(({ component }) => component?.judgement.standing === 'same');
    await deps.store.ledger.change(input.id, equal.map(({ row: { index, slice } }) => ({ index, slice, status: 'verified' as const, verdict: 'equal' as const, error: null })));
    const different = found.filter(({ component }) => component?.judgement.standing !== 'same');
    await deps.store.ledger.change(input.id, different.map(({ row: { index, slice }, component }) => ({ index, slice, verdict: component === null ? ('not-compared' as const) : ('mismatch' as const) })));
    troubles.push(...(await parkRows(deps.store, input.id, different.map(({ row, component }) => ({ row, error: mismatch(row, component) })))));
    report({ step: 'verify', detail: `${KINDS[kind].title}: ${String(equal.length)} of ${String(rows.length)} equal` });
  }
  return troubles;
}

function mismatch(row: LedgerRow, component: Surveyed | null): GodwitError {
  if (component === null) return new GodwitError('VerificationMismatch', `${row.index} is no longer at the source and cannot be compared`, { subject: row.index, remedy: 'Skip it to accept it uncompared, by name in the report.' });
  const { kind, judgement } = component;
  const text = judgement.standing === 'differs' ? `differs: ${describeDifferences(judgement.differences, KINDS[kind].isSecretive === true)}` : `is ${judgement.standing} at the target${judgement.reason === null ? '' : `: ${judgement.reason}`}`;
  return new GodwitError('VerificationMismatch', `${row.index} ${text}`, { subject: row.index });
}

/** Stops ILM and SLM of the target if a policy of theirs is to be written. Safe to repeat: what is stopped already stays so. */
async function holdLifecycles({ clusters, store }: ActivityDeps, { id, request }: { id: string; request: ComponentsRequest }): Promise<{ stopped: Lifecycle[] }> {
  if (!request.holdLifecycles) return { stopped: [] };
  const target = clusters.get(request.target);
  const stopped: Lifecycle[] = [];
  for (const which of ['ilm', 'slm'] as const) {
    const waiting = await store.ledger.page(id, { statuses: ['pending'], methods: [`${which}-policy`], limit: 1 });
    if (waiting.length === 0 || (await isLifecycleRunning(target, which)) !== true) continue;
    const effect = { kind: COMPONENT_EFFECT.stopLifecycle, connection: request.target, subject: which };
    await store.effects.begin(id, { ...effect, undo: {} satisfies JsonObject });
    await setLifecycle(target, which, 'stop');
    await store.effects.settle(id, effect, 'done');
    stopped.push(which);
  }
  return { stopped };
}

/** What stays at the target stays on purpose: said of each, and how to switch on what was stopped. Safe to repeat. */
async function cleanUpComponents({ store }: ActivityDeps, { id }: { id: string }): Promise<{ detail: string | null }> {
  const held = await store.effects.list(id, { kinds: [COMPONENT_EFFECT.stopLifecycle], states: ['begun', 'done', 'kept'], limit: 10 });
  for (const effect of held) await store.effects.settle(id, effect, 'kept', `POST /_${effect.subject}/start at the target when the data is there`);
  const replaced = await store.effects.list(id, { kinds: [COMPONENT_EFFECT.replace], states: ['done'], limit: 1_000 });
  for (const effect of replaced) await store.effects.settle(id, effect, 'kept', effect.note?.replace('for an undo', 'in the store, godwit.effect') ?? undefined);
  await keepRest(store, id);
  return { detail: held.length === 0 ? null : `left stopped: ${held.map(({ subject }) => subject.toUpperCase()).join(', ')}; start them when the data is there` };
}

export function createComponentActivities(deps: ActivityDeps) {
  return {
    ...createComponentPreflightActivities(deps),
    nextComponents: withPulse((input: Parameters<typeof nextComponents>[1]) => nextComponents(deps, input)),
    holdLifecycles: withPulse((input: { id: string; request: ComponentsRequest }) => holdLifecycles(deps, input)),
    writeComponents: withPulse((input: WriteInput) => writeComponents(deps, input)),
    verifyComponents: withPulse((input: RowsInput) => verifyComponents(deps, input)),
    cleanUpComponents: withPulse((input: { id: string }) => cleanUpComponents(deps, input)),
  };
}

export type ComponentActivities = ReturnType<typeof createComponentActivities>;
