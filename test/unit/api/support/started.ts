/** A migration that has been started over HTTP, and its run to turn. */
import type { Migration } from '../../../../src/contracts/migration.js';
import type { MigrationState } from '../../../../src/workflows/contract.js';
import type { MemoryRun } from './memory-runs.js';
import { BODY, type TestApp } from './test-app.js';

export async function startOne({ app, runs }: TestApp, over: Partial<typeof BODY> = {}): Promise<{ id: string; run: MemoryRun }> {
  const answer = await app.inject({ method: 'POST', url: '/v1/migrations', payload: { ...BODY, ...over } });
  const { id } = answer.json<Migration>();
  const run = runs.runs.get(id);
  if (run === undefined) throw new Error(`not started: ${answer.body}`);
  return { id, run };
}

/** Two steps, the second one running, as a workflow would show them. */
export function inTransfer(state: MigrationState): MigrationState {
  return {
    ...state,
    progress: { documents: { done: 100, total: 1_000 }, bytes: { done: 5_000, total: 10_000 } },
    steps: [
      { name: 'preflight', status: 'completed', startedAt: state.createdAt, endedAt: state.createdAt, detail: null },
      { name: 'transfer', status: 'running', startedAt: state.createdAt, endedAt: null, detail: null },
    ],
  };
}
