/**
 * Replaces feature states after an approval: look, ask, keep what is there, restore one after the other, `security`
 * last. The same for every type of migration that restores some.
 */
import { CancellationScope, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { CredentialProblem } from '../activities/feature-states.js';
import type { Activities } from '../activities/index.js';
import type { StatesRequest } from '../contracts/requests.js';
import { SECURITY } from '../domain/feature-states.js';
import { longOperation, longPoll, WAIT_WINDOW_MS } from './activity-options.js';
import type { Control } from './control.js';
import { toFailure } from './failures.js';

/** Nothing is replaced before a person has approved this. */
export const RESTORE_GATE = 'restore-feature-states';

/** Attention under this name waits for a credential that works at the target. */
const CREDENTIAL = 'credential';

/** How long a credential may take to work again before a person is asked, milliseconds: security takes a moment to restart. */
const CREDENTIAL_GRACE_MS = 15_000;

const operate = proxyActivities<Activities>(longOperation);
const wait = proxyActivities<Activities>(longPoll);

interface Hooks {
  /** Told what the snapshot holds, before anybody is asked. */
  readonly onInspected?: (present: readonly string[], absent: readonly string[]) => Promise<void>;
  readonly onRestored?: (state: string) => Promise<void>;
}

/** @returns the states that were replaced */
export async function replaceStates(control: Control, { id, request }: { readonly id: string; readonly request: StatesRequest }, hooks: Hooks = {}): Promise<readonly string[]> {
  const { present, absent, question } = await control.attempt('transfer', 'feature states', () => wait.inspectStates({ id, request }));
  await hooks.onInspected?.(present, absent);
  if (present.length === 0) return [];
  control.detail('transfer', `waits for approval to replace ${present.join(', ')}`);
  await control.gate(RESTORE_GATE, question);
  // Behind the gate: what changes at the target while it is open is kept too.
  const { kept } = await control.attempt('transfer', 'backup', () => operate.backUpStates({ id, request, states: present }));
  for (const state of present) {
    control.detail('transfer', `restoring ${state}`);
    while (!(await control.attempt('transfer', state, () => operate.restoreState({ id, request, state, kept }))).isDone) await credential(control, request.target);
    if (state === SECURITY) await credential(control, request.target);
    await hooks.onRestored?.(state);
  }
  return present;
}

/** Goes on once the target takes Godwit's credential; asks a person meanwhile, and looks again by itself all the time. */
async function credential(control: Control, target: string): Promise<void> {
  let seen = await control.attempt('transfer', CREDENTIAL, () => wait.waitForCredential({ target, windowMs: CREDENTIAL_GRACE_MS }));
  while (seen.problem !== null) {
    const { message, remedy } = seen.problem;
    control.detail('transfer', `waits for a credential that works at ${target}`);
    control.raise('transfer', { subject: CREDENTIAL, code: 'CredentialLost', message, remedy, isSkippable: false, isTransient: true });
    const found = await untilCredentialOrDecision(control, target);
    // A retry by a person looks at once, and says so if it was in vain.
    seen = found ?? (await control.attempt('transfer', CREDENTIAL, () => wait.waitForCredential({ target, windowMs: 0 })));
  }
  control.clear(CREDENTIAL);
}

/** @returns null when a person has decided meanwhile */
async function untilCredentialOrDecision(control: Control, target: string): Promise<{ problem: CredentialProblem | null } | null> {
  const looking = new CancellationScope();
  const look = looking.run(() => wait.waitForCredential({ target, windowMs: WAIT_WINDOW_MS }).catch(problemOf));
  const decided = looking.run(async () => {
    await control.nextDecisions(null);
    return null;
  });
  try {
    return await Promise.race([look, decided]);
  } finally {
    // The one that lost must not take a decision that is meant for somebody else.
    looking.cancel();
    for (const { reason } of await rejected([look, decided])) if (!isCancellation(reason)) throw reason;
  }
}

/** A cluster that is away does not end the wait. */
function problemOf(error: unknown): { problem: CredentialProblem } {
  if (isCancellation(error)) throw error;
  const { message, remedy } = toFailure(error);
  return { problem: { message, remedy } };
}

async function rejected(promises: readonly Promise<unknown>[]): Promise<PromiseRejectedResult[]> {
  return (await Promise.allSettled(promises)).filter((result) => result.status === 'rejected');
}
