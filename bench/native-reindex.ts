/** What Godwit is measured against: one `_reindex` task of the target for the whole index, followed to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { call, type HttpTarget } from '../test/servers/http.js';

/** In the same cluster as the task, so it costs little. */
const POLL_MS = 100;

interface TaskState {
  readonly completed: boolean;
  readonly task: { readonly status: { readonly created: number } };
  readonly response?: { readonly failures: readonly unknown[] };
  readonly error?: unknown;
}

/** Into an index that is there. @param query only what it matches. @returns id of the task */
export async function startNatively(source: HttpTarget, target: HttpTarget, index: string, size: number, { into = index, query = { match_all: {} } }: { into?: string; query?: object } = {}): Promise<string> {
  const remote = { host: source.url, username: source.username, password: source.password };
  const body = { conflicts: 'proceed', source: { remote, index, size, query }, dest: { index: into, version_type: 'external' } };
  const { task } = await call<{ task: string }>(target, 'POST', '/_reindex?wait_for_completion=false&refresh=false', body);
  return task;
}

/** Waits until the task has ended, or has written so many. @returns documents written. @throws Error when it failed */
export async function waitNatively(target: HttpTarget, task: string, written = Infinity): Promise<number> {
  for (;;) {
    const state = await call<TaskState>(target, 'GET', `/_tasks/${task}`);
    const failures = state.response?.failures ?? [];
    if (state.error !== undefined || failures.length > 0) throw new Error(`the task failed: ${JSON.stringify(state.error ?? failures).slice(0, 500)}`);
    if (state.completed || state.task.status.created >= written) return state.task.status.created;
    await sleep(POLL_MS);
  }
}
