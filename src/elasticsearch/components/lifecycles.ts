/** Stops and starts what acts on data by itself: ILM and SLM. */
import { z } from 'zod';
import { call, isAbsent, isUnavailableApi, tryCall } from '../calls.js';
import type { Cluster } from '../cluster.js';

export type Lifecycle = 'ilm' | 'slm';

const StatusSchema = z.object({ operation_mode: z.string() });

/** @returns null where the cluster has none */
export async function isLifecycleRunning(cluster: Cluster, which: Lifecycle): Promise<boolean | null> {
  const answer = await tryCall(
    cluster,
    { action: `ask whether ${which.toUpperCase()} runs` },
    () => cluster.client.transport.request({ method: 'GET', path: `/_${which}/status` }),
    (error) => isAbsent(error) || isUnavailableApi(error),
  );
  return answer === null ? null : StatusSchema.parse(answer).operation_mode === 'RUNNING';
}

/** Safe to repeat. */
export async function setLifecycle(cluster: Cluster, which: Lifecycle, action: 'start' | 'stop'): Promise<void> {
  await call(cluster, { action: `${action} ${which.toUpperCase()}` }, () => cluster.client.transport.request({ method: 'POST', path: `/_${which}/${action}` }));
}
