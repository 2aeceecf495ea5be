/**
 * `npm run bench:reindex`: what slices, and the bookkeeping about them, cost and save. The same index moved by one native
 * `_reindex` task and by Godwit, in turns, on the same nodes, in one run; with `--loss` also what is lost with a process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { Api } from '../demo/api.js';
import { describeFailure } from '../demo/failure.js';
import { Stage } from '../demo/stage.js';
import { fillIndex } from './documents.js';
import { compareSpeed } from './reindex-speed.js';
import { compareLosses } from './reindex-loss.js';
import { INDEX, type Setting } from './reindex-pair.js';
import { measureSlices, STAND_IN } from './reindex-slices.js';
import { load } from './statistics.js';
import { TaskStandIn } from './task-stand-in.js';

const HELP = 'npm run bench:reindex [-- --documents 500000] [--bytes 550] [--rounds 3] [--loss (also what a lost node and a lost worker cost)] [--slices 10000 (also what so many slices cost, with a stand-in; with --rounds 0 only that)]';
const HEAP_MB = 1_024;
/** Merges at the source go on for some time. */
const SETTLE_MS = 5_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { documents: { type: 'string', default: '500000' }, bytes: { type: 'string', default: '550' }, rounds: { type: 'string', default: '3' }, loss: { type: 'boolean' }, slices: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const [documents, bytes, rounds] = [Number(values.documents), Number(values.bytes), Number(values.rounds)];
  return onStage(async (stage) => {
    const standIn = await TaskStandIn.start(stage.source.description, stage.target.description);
    const worker = await stage.startGodwit({ [STAND_IN]: { url: standIn.url } });
    const total = await fillIndex(stage.source.description, INDEX, documents, bytes);
    await sleep(SETTLE_MS);
    console.log(`${String(documents)} documents, ${(total / 1e6).toFixed(0)} MB, one shard; 8.19.8 to 9.4.3, ${String(HEAP_MB)} MB of heap each; ${String(cpus().length)} cores shared by all; load ${load()}`);
    const connection = await Connection.connect({ address: stage.temporalAddress });
    const setting: Setting = { stage, api: new Api(stage.url), temporal: new Client({ connection }), documents };
    const isReached = rounds === 0 || (await compareSpeed(setting, rounds));
    if (values.loss === true && rounds > 0) await compareLosses(setting, rounds, worker);
    if (values.slices !== undefined) await measureSlices(setting, Number(values.slices), standIn);
    await connection.close();
    await standIn.stop();
    return isReached ? 0 : 1;
  });
}

/** @returns exit code */
async function onStage(work: (stage: Stage) => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'));
  const stage = new Stage(folder, { quickStart: false, heapMb: HEAP_MB });
  let keepsLogs = false;
  try {
    console.log(`starting two clusters, Temporal, API and worker (load ${load()}) ...`);
    await stage.startServers();
    return await work(stage);
  } catch (error) {
    stage.keepLogs();
    console.error(describeFailure(error, stage.logFolder));
    keepsLogs = true;
    return 1;
  } finally {
    await stage.stop();
    rmSync(keepsLogs ? join(folder, 'data') : folder, { recursive: true, force: true });
  }
}

process.exit(await main());
