/**
 * The catch-up of a migration that moves slices from a source in use: passes over what was written since, stale copies
 * and deletes, and, if asked for, a gate behind which writes to the source are stopped and the rest is carried over.
 *
 * The same for every method: how the slices of a pass are moved is handed in.
 */
import { ApplicationFailure, CancellationScope, condition, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { cutoverQuestion, PENDING_BOUND, SMALL_PASS } from '../domain/reindex/catch-up.js';
import { GATE_WINDOW_MS, longPoll, startOperation, WAIT_WINDOW_MS } from './activity-options.js';
import type { Control } from './control.js';

export const CUTOVER_GATE = 'cutover';

/** How often the copies that stood in the way of a pass are cleared before a person is asked. */
const MAX_ROUNDS = 5;
/** Passes under the write block: the second one finds what the first did not see, if the block was late on a shard. */
const MAX_LAST_PASSES = 5;

const wait = proxyActivities<Activities>(longPoll);
const start = proxyActivities<Activities>(startOperation);

/** Where a catch-up is; what a run hands to the next one. */
export interface CatchUpPosition {
  readonly phase: 'passes' | 'gate' | 'blocked';
  /** The pass that is under way, or the next one. */
  readonly pass: number;
  readonly deleted: number;
  readonly replaced: number;
}

export function isCatchUpPosition(value: unknown): value is CatchUpPosition {
  return typeof value === 'object' && value !== null && 'phase' in value && 'pass' in value;
}

type Request = Parameters<Activities['planCatchUp']>[0]['request'];

export interface CatchUpRun {
  readonly control: Control;
  readonly id: string;
  readonly request: Request;
  readonly plan: { readonly passes: number; readonly gate: boolean; readonly keepBlock: boolean };
  /** What the run before this one handed over; null: begin. */
  readonly carried: CatchUpPosition | null;
  /**
   * Moves the slices that wait, and comes back when nothing needs attention; ends this run with the position when its
   * history has grown too long.
   * @returns whether a person has given an index another try, whose pass is to be planned anew
   */
  readonly moveSlices: (position: CatchUpPosition) => Promise<boolean>;
  /** Ends this run, to go on from the position in a new one. */
  readonly beginAnew: (position: CatchUpPosition) => Promise<never>;
}

export async function catchUp(run: CatchUpRun): Promise<void> {
  const { carried } = run;
  await new CatchUp(run, carried ?? { phase: 'passes', pass: 1, deleted: 0, replaced: 0 }).run();
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

class CatchUp {
  readonly #run: CatchUpRun;
  readonly #at: Mutable<CatchUpPosition>;
  #left = 0;

  constructor(run: CatchUpRun, position: CatchUpPosition) {
    this.#run = run;
    this.#at = { ...position };
  }

  async run(): Promise<void> {
    const { plan } = this.#run;
    if (this.#at.phase === 'passes') {
      await this.#passes();
      await this.#carryDeletes(false);
      if (plan.gate) this.#at.phase = 'gate';
    }
    if (this.#at.phase === 'gate') {
      await this.#waitAtGate();
      this.#at.phase = 'blocked';
    }
    if (this.#at.phase === 'blocked') await this.#finish();
    this.#tell(this.#summary());
  }

  /** Until a pass finds nothing, or, with a gate, little: there the last pass comes later. */
  async #passes(): Promise<void> {
    const { passes, gate } = this.#run.plan;
    while (this.#at.pass <= passes) {
      const documents = await this.#pass(`pass ${String(this.#at.pass)} of at most ${String(passes)}`);
      if (documents <= (gate ? SMALL_PASS : 0)) return;
    }
  }

  /** One pass, until every document of it is at the target as it is at the source. @returns documents that it found */
  async #pass(name: string): Promise<number> {
    const { moveSlices } = this.#run;
    const { pass } = this.#at;
    let documents = await this.#plan(name);
    for (let round = 1; ; round += 1) {
      while (await moveSlices({ ...this.#at })) documents = await this.#plan(name);
      const again = await this.#reconcile();
      if (again === 0) break;
      this.#at.replaced += again;
      if (round === MAX_ROUNDS) await this.#park('SliceIncomplete', `copies at the target still stand in the way of ${String(again)} document(s) of pass ${String(pass)}, after ${String(round)} times`);
    }
    this.#at.pass += 1;
    return documents;
  }

  /** What cannot be planned, since it is gone or another index by now, waits for a person; the others go on. */
  async #plan(name: string): Promise<number> {
    const { control, id, request } = this.#run;
    const { documents, troubles } = await this.#attempt(() => wait.planCatchUp({ id, request, pass: this.#at.pass }));
    for (const trouble of troubles) control.raise('catch-up', { ...trouble, isSkippable: true });
    this.#tell(`${name}: ${String(documents)} documents`);
    return documents;
  }

  async #reconcile(): Promise<number> {
    const { id, request } = this.#run;
    for (let documents = 0; ; ) {
      const seen = await this.#attempt(() => wait.reconcilePass({ id, request, pass: this.#at.pass, windowMs: WAIT_WINDOW_MS }));
      documents += seen.documents;
      if (seen.isDone) return documents;
    }
  }

  async #carryDeletes(isBlocked: boolean): Promise<void> {
    const { id, request } = this.#run;
    this.#left = 0;
    let position: Parameters<Activities['applyDeletes']>[0]['position'] = null;
    do {
      const from: typeof position = position;
      const seen: Awaited<ReturnType<Activities['applyDeletes']>> = await this.#attempt(() => wait.applyDeletes({ id, request, position: from, isBlocked, windowMs: WAIT_WINDOW_MS }));
      this.#at.deleted += seen.deleted;
      this.#left += seen.left;
      position = seen.position;
    } while (position !== null);
  }

  /** Keeps up with the source while a person makes up their mind, so that little is left for the last pass. */
  async #waitAtGate(): Promise<void> {
    const { control, beginAnew } = this.#run;
    // Approved in the run before this one, while it still had a pass to end.
    const isApproved = this.#run.carried?.phase === 'gate' && control.state.gates.every(({ name }) => name !== CUTOVER_GATE);
    if (isApproved) return;
    await this.#ask(0);
    // The run before this one may have ended half-way through a pass.
    if (this.#run.carried?.phase === 'gate') await this.#pass('waits for approval, a pass meanwhile');
    while (!control.isApproved(CUTOVER_GATE)) {
      const operations = await this.#watch();
      if (operations === null) return;
      await this.#ask(operations);
      if (operations > 0) {
        await this.#pass(`waits for approval, pass ${String(this.#at.pass)} meanwhile`);
        await this.#ask(0);
      }
      if (workflowInfo().continueAsNewSuggested && !control.isApproved(CUTOVER_GATE)) await beginAnew({ ...this.#at });
    }
  }

  async #ask(operations: number): Promise<void> {
    const { control, id, request, plan } = this.#run;
    const { names, total, hasStreams } = await this.#attempt(() => start.describeSource({ id }));
    control.openGate(CUTOVER_GATE, cutoverQuestion({ source: request.source, operations, names, total, keepBlock: plan.keepBlock, hasStreams }));
    this.#tell(`waits for approval; ${String(operations)} operation(s) at ${request.source} since the last pass`);
  }

  /** @returns operations that wait at the source; null when the gate was approved meanwhile */
  async #watch(): Promise<number | null> {
    const { control, id, request } = this.#run;
    return this.#attempt(async () => {
      const scope = new CancellationScope();
      try {
        return await scope.run(() =>
          Promise.race([
            wait.watchSource({ id, request, bound: PENDING_BOUND, windowMs: GATE_WINDOW_MS }).then(({ operations }) => operations),
            condition(() => control.isApproved(CUTOVER_GATE)).then(() => null),
          ]),
        );
      } finally {
        scope.cancel();
      }
    });
  }

  /** Approved: nobody writes to the source any more, and what is left is carried over. */
  async #finish(): Promise<void> {
    const { id, request } = this.#run;
    let { indices } = await this.#attempt(() => start.blockWrites({ id, request }));
    for (let last = 1; ; last += 1) {
      await this.#pass(`write block on ${String(indices)} ${indices === 1 ? 'index' : 'indices'} at ${request.source}, last pass`);
      const { operations, hasOpen } = await this.#attempt(() => wait.watchSource({ id, request, bound: 0, windowMs: 0 }));
      // An index without a block when the pass was planned may have been written to since.
      if (operations === 0 && !hasOpen) break;
      const isStuck = last === MAX_LAST_PASSES;
      if (isStuck) {
        await this.#park('VerificationMismatch', `${request.source} is still written to, ${String(operations)} operation(s) since the last pass, though its indices are blocked: ${hasOpen ? 'a data stream rolls over again and again' : 'somebody lifts the blocks'}`);
        last = 0;
      }
      if (hasOpen || isStuck) ({ indices } = await this.#attempt(() => start.blockWrites({ id, request })));
    }
    await this.#carryDeletes(true);
  }

  #attempt<T>(work: () => Promise<T>): Promise<T> {
    return this.#run.control.attempt('catch-up', 'catch-up', work);
  }

  /** Needs attention once; a retry goes on. */
  async #park(code: 'SliceIncomplete' | 'VerificationMismatch', message: string): Promise<void> {
    let isTold = false;
    await this.#attempt(() => {
      if (isTold) return Promise.resolve();
      isTold = true;
      return Promise.reject(ApplicationFailure.nonRetryable(message, code));
    });
  }

  #tell(text: string): void {
    this.#run.control.detail('catch-up', text);
  }

  #summary(): string {
    const { pass, deleted, replaced } = this.#at;
    return [
      `${String(pass - 1)} pass(es)`,
      `${String(deleted)} delete(s) carried over`,
      ...(replaced > 0 ? [`${String(replaced)} document(s) that began anew moved again`] : []),
      ...(this.#left > 0 ? [`deletes of ${String(this.#left)} index(es) not carried over, see the findings`] : []),
    ].join('; ');
  }
}
