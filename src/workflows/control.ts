/**
 * Pause, resume, cancel, approve, retry, skip, throttle: once, for all types of migration.
 *
 * Holds the migration's state as the `state` query shows it, registers every handler before the first await, and
 * keeps the search attribute GodwitStatus equal to the status. It touches no cluster.
 */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineUpdate,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Attention, Step } from '../contracts/migration.js';
import type { MigrationStatus, StepName } from '../contracts/names.js';
import type { Transform } from '../contracts/transform.js';
import { ERROR_TABLE, type ErrorCode } from '../domain/errors.js';
import { statusOf } from '../domain/status.js';
import { GODWIT_STATUS } from '../temporal/search-attribute-keys.js';
import { AUTO_RETRY_MS } from './activity-options.js';
import { STATE_QUERY, type MigrationInput, type MigrationState, type UpdateInput, type UpdateName } from './contract.js';
import { toFailure, type Failure } from './failures.js';

/** Most attention entries that the state carries; `attentionTotal` counts all. */
const MAX_SHOWN_ATTENTION = 100;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface Trouble {
  readonly subject: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly isSkippable: boolean;
  /** May pass by itself, so it is tried again without being told. */
  readonly isTransient: boolean;
}

export interface Decision {
  readonly action: 'retry' | 'skip';
  readonly subject: string;
}

const stateQuery = defineQuery<MigrationState>(STATE_QUERY);

export class Control {
  readonly state: Mutable<MigrationState>;
  /** What takes the place of the transform of the request; null: nothing. */
  transform: Transform | null = null;
  /** It came with a retry, and has not been looked at. */
  isTransformNew = false;
  readonly #attention = new Map<string, Attention>();
  readonly #decisions: Decision[] = [];
  readonly #approved = new Set<string>();
  readonly #throttleable: readonly ('requestsPerSecond' | 'concurrency')[];
  #outcome: 'completed' | 'failed' | 'canceled' | null = null;
  #isPaused = false;
  #isCanceling = false;
  #activeWork = 0;
  #scope: CancellationScope | null = null;
  #publishedStatus: MigrationStatus;

  constructor(
    initial: MigrationState,
    options: { readonly throttleable: readonly ('requestsPerSecond' | 'concurrency')[] },
  ) {
    this.state = { ...initial, steps: initial.steps.map((step) => ({ ...step })) };
    this.#isPaused = initial.status === 'paused';
    for (const entry of initial.attention) this.#attention.set(entry.subject, entry);
    this.#publishedStatus = initial.status;
    this.#throttleable = options.throttleable;
    this.#registerHandlers();
  }

  /** The state as the query shows it. */
  snapshot(): MigrationState {
    const attention = [...this.#attention.values()];
    return {
      ...this.state,
      status: this.#status(),
      attention: attention.slice(0, MAX_SHOWN_ATTENTION),
      attentionTotal: attention.length,
    };
  }

  get isCanceling(): boolean {
    return this.#isCanceling;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get hasDecisions(): boolean {
    return this.#decisions.length > 0;
  }

  get openAttention(): number {
    return this.#attention.size;
  }

  /**
   * Runs the migration so that the `cancel` update, or a cancellation from Temporal itself, stops it.
   *
   * Status changes are published meanwhile. @returns whether it was canceled
   */
  async run(main: () => Promise<void>): Promise<'finished' | 'canceled'> {
    // Ends with the outcome; not canceled with the work, since the undo changes the status too.
    void CancellationScope.nonCancellable(() => this.#publishStatus());
    try {
      this.#scope = new CancellationScope();
      if (this.#isCanceling) this.#scope.cancel();
      await this.#scope.run(main);
      // The last work of all may have come to its end all the same; a cancel that was accepted holds.
      return this.#isCanceling ? 'canceled' : 'finished';
    } catch (error) {
      if (!isCancellation(error)) throw error;
      this.#isCanceling = true;
      return 'canceled';
    } finally {
      this.#scope = null;
    }
  }

  /** Records a step's beginning and end; one that was completed before continue-as-new is left out. */
  async step(name: StepName, run: () => Promise<void>): Promise<void> {
    const step = this.#stepNamed(name);
    if (step.status === 'completed' || step.status === 'skipped') return;
    step.status = 'running';
    step.startedAt ??= new Date().toISOString();
    await run();
    step.status = 'completed';
    step.endedAt = new Date().toISOString();
  }

  /** Says what a step is doing, for a person. */
  detail(name: StepName, text: string | null): void {
    this.#stepNamed(name).detail = text;
  }

  /**
   * Does one piece of work, and when it used up its retries parks until a person retries it (or, if the cause may
   * pass by itself, for some minutes).
   *
   * @param subject the value to retry by
   */
  async attempt<T>(step: StepName, subject: string, run: () => Promise<T>): Promise<T> {
    let raised: string | null = null;
    for (;;) {
      await this.checkpoint();
      try {
        const result = await this.busy(run);
        if (raised !== null) this.clear(raised);
        return result;
      } catch (error) {
        if (isCancellation(error)) throw error;
        const failure = toFailure(error);
        raised = failure.subject ?? subject;
        this.raise(step, { ...troubleOf(failure), subject: raised, isSkippable: false });
        await this.nextDecisions(failure.isTransient ? AUTO_RETRY_MS : null);
      }
    }
  }

  /** Counts `run` as work under way, as opposed to waiting for a person. */
  async busy<T>(run: () => Promise<T>): Promise<T> {
    this.#activeWork += 1;
    try {
      return await run();
    } finally {
      this.#activeWork -= 1;
    }
  }

  /** What the next run starts from. From here on this run is work under way for whoever still asks it, not a wait. */
  handOver(): MigrationState {
    const state = this.snapshot();
    this.#activeWork += 1;
    return state;
  }

  /** Stays here while the migration is paused. Call it before every new effect. */
  async checkpoint(): Promise<void> {
    if (this.#isPaused) await condition(() => !this.#isPaused);
  }

  /** Waits until a person approves. */
  async gate(name: string, question: string): Promise<void> {
    this.openGate(name, question);
    await condition(() => this.isApproved(name));
  }

  /** Opens a gate, or asks another question at one that is open; work may go on meanwhile. It closes when it is approved. */
  openGate(name: string, question: string): void {
    if (this.isApproved(name)) return;
    this.state.gates = [...this.state.gates.filter((gate) => gate.name !== name), { name, question }];
  }

  isApproved(name: string): boolean {
    return this.#approved.has(name);
  }

  raise(step: StepName, trouble: Trouble): void {
    const now = Date.now();
    this.#attention.set(trouble.subject, {
      subject: trouble.subject,
      code: trouble.code,
      error: trouble.message,
      remedy: trouble.remedy,
      step,
      since: this.#attention.get(trouble.subject)?.since ?? new Date(now).toISOString(),
      skippable: trouble.isSkippable,
      retryAt: trouble.isTransient ? new Date(now + AUTO_RETRY_MS).toISOString() : null,
    });
  }

  clear(subject: string): void {
    this.#attention.delete(subject);
  }

  /** Decisions taken since the last call, at once if there are some. After `timeoutMs` none: time to try by itself. */
  async nextDecisions(timeoutMs: number | null): Promise<Decision[]> {
    if (timeoutMs === null) await condition(() => this.hasDecisions);
    else await condition(() => this.hasDecisions, timeoutMs);
    return this.#decisions.splice(0);
  }

  /** Ends the migration's own account of itself. */
  finish(outcome: 'completed' | 'failed' | 'canceled', failure: Failure | null = null): void {
    const now = new Date().toISOString();
    this.#outcome = outcome;
    this.state.endedAt = now;
    if (failure !== null) this.state.failure = { code: failure.code, message: failure.message, remedy: failure.remedy };
    for (const step of this.state.steps) {
      if (step.status === 'running') {
        step.status = outcome === 'completed' ? 'completed' : outcome;
        step.endedAt = now;
      } else if (step.status === 'pending') step.status = outcome === 'completed' ? 'skipped' : 'canceled';
    }
    this.publishNow();
  }

  publishNow(): void {
    const status = this.#status();
    if (status === this.#publishedStatus) return;
    this.#publishedStatus = status;
    upsertSearchAttributes([{ key: GODWIT_STATUS, value: status }]);
  }

  async #publishStatus(): Promise<void> {
    while (this.#outcome === null) {
      await condition(() => this.#outcome !== null || this.#status() !== this.#publishedStatus);
      this.publishNow();
    }
  }

  #status(): MigrationStatus {
    return statusOf({
      outcome: this.#outcome,
      isPaused: this.#isPaused,
      isCanceling: this.#isCanceling,
      openGates: this.state.gates.length,
      openAttention: this.#attention.size,
      activeWork: this.#activeWork,
    });
  }

  #stepNamed(name: StepName): Mutable<Step> {
    const step = this.state.steps.find((candidate) => candidate.name === name);
    if (step === undefined) throw ApplicationFailure.nonRetryable(`no step ${name}`, 'Internal');
    return step;
  }

  #registerHandlers(): void {
    setHandler(stateQuery, () => this.snapshot());
    this.#handle('pause', () => (this.#isPaused = true));
    this.#handle(
      'resume',
      () => (this.#isPaused = false),
      () => {
        if (!this.#isPaused) refuse('NotWaiting', 'the migration is not paused');
      },
    );
    this.#handle('cancel', () => {
      this.#isCanceling = true;
      this.#isPaused = false;
      this.#scope?.cancel();
    });
    this.#handle(
      'approve',
      ({ gate }) => {
        this.#approved.add(gate ?? '');
        this.state.gates = this.state.gates.filter(({ name }) => name !== gate);
      },
      ({ gate }) => {
        if (!this.state.gates.some((candidate) => candidate.name === gate)) refuse('NotWaiting', `no open gate is named "${gate ?? ''}"`);
      },
    );
    this.#handle(
      'retry',
      ({ subject, transform }) => {
        if (transform !== undefined) {
          this.transform = transform;
          this.isTransformNew = true;
        }
        this.#decide('retry', subject);
      },
      ({ subject, transform }) => {
        if (transform !== undefined && this.state.type !== 'copy') refuse('NotWaiting', `a migration of type ${this.state.type} has no transform`);
        this.#mustAwait(subject);
      },
    );
    this.#handle(
      'skip',
      ({ subject }) => {
        this.#decide('skip', subject);
      },
      ({ subject }) => {
        this.#mustAwait(subject);
        const stuck = this.#subjects(subject).filter((entry) => !entry.skippable);
        if (stuck.length > 0) refuse('NotWaiting', `${stuck.map((entry) => entry.subject).join(', ')} cannot be skipped, only retried`);
      },
    );
    this.#handle(
      'throttle',
      (input) => {
        this.#throttle(input);
      },
      (input) => {
        for (const knob of ['requestsPerSecond', 'concurrency'] as const) {
          if (input[knob] !== undefined && !this.#throttleable.includes(knob)) refuse('NotWaiting', `${knob} has no meaning for ${this.state.type}`);
        }
      },
    );
  }

  /** Registers an update that is refused once the migration has ended, and where `check` refuses it. */
  #handle(name: UpdateName, change: (input: UpdateInput) => unknown, check?: (input: UpdateInput) => void): void {
    setHandler(
      defineUpdate<MigrationState, [UpdateInput]>(name),
      (input: UpdateInput): MigrationState => {
        change(input);
        return this.snapshot();
      },
      {
        validator: (input: UpdateInput): void => {
          if (this.#outcome !== null || this.#isCanceling) refuse('AlreadyEnded', 'the migration has ended or is being canceled');
          check?.(input);
        },
      },
    );
  }

  #throttle(input: UpdateInput): void {
    this.state.throttle = {
      requestsPerSecond: input.requestsPerSecond === undefined ? this.state.throttle.requestsPerSecond : input.requestsPerSecond,
      concurrency: input.concurrency ?? this.state.throttle.concurrency,
    };
  }

  #subjects(subject: string | undefined): Attention[] {
    return [...this.#attention.values()].filter((entry) => subject === undefined || entry.subject === subject);
  }

  #mustAwait(subject: string | undefined): void {
    if (this.#subjects(subject).length === 0) {
      refuse('NotWaiting', subject === undefined ? 'nothing needs attention' : `nothing needs attention under the subject "${subject}"`);
    }
  }

  #decide(action: Decision['action'], subject: string | undefined): void {
    for (const entry of this.#subjects(subject)) {
      this.#decisions.push({ action, subject: entry.subject });
      // Decided is no longer waiting: a second retry of the same subject is a conflict, not a second try.
      this.#attention.delete(entry.subject);
    }
  }
}

function troubleOf(failure: Failure): Omit<Trouble, 'isSkippable' | 'subject'> {
  return { code: failure.code, message: failure.message, remedy: failure.remedy, isTransient: failure.isTransient };
}

function refuse(code: ErrorCode, message: string): never {
  throw ApplicationFailure.nonRetryable(message, code, { remedy: ERROR_TABLE[code].remedy });
}

/** The state in which a migration begins. */
export function initialState(
  input: MigrationInput,
  options: { readonly steps: readonly StepName[]; readonly concurrency: number | null; readonly requestsPerSecond?: number | null },
): MigrationState {
  return (
    input.carried?.state ?? {
      id: input.id,
      type: input.request.type,
      source: input.request.source,
      target: input.request.target,
      status: 'running',
      createdAt: input.createdAt,
      endedAt: null,
      progress: { documents: { done: 0, total: null }, bytes: { done: 0, total: null } },
      steps: options.steps.map((name) => ({ name, status: 'pending', startedAt: null, endedAt: null, detail: null })),
      attention: [],
      attentionTotal: 0,
      gates: [],
      verification: { status: 'pending', mode: input.request.verify, mismatches: 0 },
      throttle: { requestsPerSecond: options.requestsPerSecond ?? null, concurrency: options.concurrency },
      failure: null,
    }
  );
}
