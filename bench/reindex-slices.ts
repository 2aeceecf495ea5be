/** What Godwit's own bookkeeping costs with very many slices, against a stand-in for the target's tasks. */
import type { Client } from '@temporalio/client';
import { runByGodwit, runNatively, type Setting } from './reindex-pair.js';
import { NATIVE_SIZES } from './reindex-speed.js';
import { load } from './statistics.js';
import type { TaskStandIn } from './task-stand-in.js';

const CONCURRENCY = 4;

/** The name of the connection that leads to the stand-in. */
export const STAND_IN = 'stand-in';

/** The documents are moved before, so that counts agree at the end. */
export async function measureSlices(setting: Setting, slices: number, standIn: TaskStandIn): Promise<void> {
  await runNatively(setting, NATIVE_SIZES[1]);
  console.log(`\n${String(slices)} slices wanted, against a stand-in for the target's task API: its tasks end at once and move nothing (load ${load()})`);
  const sliceDocuments = Math.max(1, Math.floor(setting.documents / slices));
  const run = await runByGodwit(setting, { target: STAND_IN, onExisting: 'merge', concurrency: CONCURRENCY, sliceDocuments }, { keepsTarget: true });
  const { histories, longest } = await historiesOf(setting.temporal, run.id, run.events);
  const { worker, others } = run;
  const each = (seconds: number): string => `${((seconds / standIn.tasks) * 1_000).toFixed(1)} ms a slice`;
  console.log(`${String(standIn.tasks)} slices, ${String(CONCURRENCY)} at a time: ${run.seconds.toFixed(1)} s whole, transfer ${run.transfer.toFixed(1)} s (${each(run.transfer)})`);
  console.log(`worker ${worker.cpuSeconds.toFixed(1)} s of CPU (${each(worker.cpuSeconds)}), ${worker.peakMb.toFixed(0)} MB; API and store ${others.cpuSeconds.toFixed(1)} s (${each(others.cpuSeconds)}), ${others.peakMb.toFixed(0)} MB`);
  console.log(`${String(histories)} histories one after the other, the longest ${String(longest)} events`);
}

/** A workflow that continues as new begins a history each time. */
async function historiesOf(temporal: Client, id: string, last: number): Promise<{ histories: number; longest: number }> {
  const runs = new Map<string, number>([[(await temporal.workflow.getHandle(id).describe()).runId, last]]);
  for await (const { runId, historyLength } of temporal.workflow.list({ query: `WorkflowId = "${id}"` })) runs.set(runId, Math.max(historyLength, runs.get(runId) ?? 0));
  return { histories: runs.size, longest: Math.max(...runs.values()) };
}
