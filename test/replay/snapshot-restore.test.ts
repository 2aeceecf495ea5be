/**
 * Recorded histories of all types but reindex, replayed against the present workflows: a change that would
 * break a migration which is under way fails here. `npm run record:histories` records them; the scenarios say what they are.
 */
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker, bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { MACHINE_PATH, historyNames, historyOf, plainTextOf, readHistory, updatesOf, type RecordedHistory } from './support/history-file.js';
import { SCENARIOS } from './support/scenarios.js';

let workflowBundle: WorkflowBundle;

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR', () => undefined);
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'OFF' } } });
  workflowBundle = await bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)), logger });
});

const replay = (history: RecordedHistory): Promise<void> => Worker.runReplayHistory({ workflowBundle }, historyOf(history));

/** The history as a workflow would have made it that calls another activity. */
function withActivityRenamed(history: RecordedHistory, from: string, to: string): RecordedHistory {
  return JSON.parse(JSON.stringify(history).replaceAll(`"activityType":{"name":"${from}"}`, `"activityType":{"name":"${to}"}`)) as RecordedHistory;
}

it('every scenario has a history, and every history a scenario', () => {
  expect(historyNames()).toEqual(SCENARIOS.map(({ name }) => name).sort());
});

describe.each(SCENARIOS)('$name', ({ name, status, updates }) => {
  it('replays', async () => {
    await expect(replay(readHistory(name))).resolves.toBeUndefined();
  });

  it('is what its name says', () => {
    const history = readHistory(name);
    const { events } = history;
    expect(updatesOf(history)).toEqual(updates);
    expect(events.at(-1)?.eventType).toBe(status === 'failed' ? 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED' : 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
    if (status !== 'failed') expect(plainTextOf({ events: events.slice(-1) })).toContain(`{"status":"${status}"}`);
  });

  it('holds no path of the machine that recorded it, and no credential', () => {
    const text = plainTextOf(readHistory(name));
    expect(MACHINE_PATH.exec(text)?.[0]).toBeUndefined();
    expect(text).not.toMatch(/password|apiKey|authorization|BEGIN CERTIFICATE/i);
  });
});

describe('a workflow that has changed is found out', () => {
  it.each(['preflight', 'prepareRepositories', 'startSnapshot', 'startRestores', 'verifyRows', 'cleanUp'])('where it once called another activity instead of %s', async (activity) => {
    const changed = withActivityRenamed(readHistory('completed'), activity, 'somethingElse');
    await expect(replay(changed)).rejects.toThrow(DeterminismViolationError);
  });

  it.each(['preflightStates', 'inspectStates', 'backUpStates', 'restoreState', 'waitForCredential', 'verifyStates'])('system-indices, where it once called another activity instead of %s', async (activity) => {
    const changed = withActivityRenamed(readHistory('system-indices-approved'), activity, 'somethingElse');
    await expect(replay(changed)).rejects.toThrow(DeterminismViolationError);
  });

  it.each([
    ...['preflightComponents', 'holdLifecycles', 'writeComponents', 'verifyComponents', 'cleanUpComponents'].map((activity) => ['components-parked-then-retried', activity] as const),
    ...['preflightSavedObjects', 'prepareSpaces', 'moveSpace', 'decideObjects', 'moveRetried', 'verifySpace', 'completeConnectors', 'enableArrivedRules', 'syncSpaces', 'keepSavedObjects'].map((activity) => ['saved-objects-approved', activity] as const),
    ...['preflightSliced', 'prepareTargets', 'copySlice', 'planCatchUp', 'reconcilePass', 'applyDeletes', 'blockWrites', 'verifyTargets', 'settleSettings', 'addAliases', 'cleanUpReindex'].map((activity) => ['copy-caught-up', activity] as const),
    ...['preflightVerify', 'compareContents', 'judgeCompared', 'repairPlan', 'cleanUpVerify'].map((activity) => ['verify-repaired', activity] as const),
  ])('%s, where it once called another activity instead of %s', async (name, activity) => {
    await expect(replay(withActivityRenamed(readHistory(name), activity, 'somethingElse'))).rejects.toThrow(DeterminismViolationError);
  });

  it('where it once undid nothing after a cancel', async () => {
    const changed = withActivityRenamed(readHistory('canceled-during-the-restore'), 'undoEffects', 'saveOutcome');
    await expect(replay(changed)).rejects.toThrow(DeterminismViolationError);
  });
});
