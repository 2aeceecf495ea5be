/**
 * `npm run bench:overhead`: what orchestration costs. The same snapshot and restore of many small indices by a plain
 * script and by Godwit, in turns, on the same nodes, in one run.
 *
 * Small indices are the hard case: with large ones the time is that of the disks, whoever asks for it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { Api } from '../demo/api.js';
import { describeFailure } from '../demo/failure.js';
import { Stage } from '../demo/stage.js';
import { call } from '../test/servers/http.js';
import { createIndex, deleteIndices, numbered, write } from '../test/support/clusters.js';
import { profile } from './history-profile.js';
import { migrateByGodwit, type GodwitTimes } from './godwit-migration.js';
import { migratePlainly, type PlainTimes } from './plain-migration.js';
import { load, median } from './statistics.js';

const TARGET_RATIO = 1.15;
/** Rounds until the nodes' compilers have settled. */
const WARM_UP = 2;
/** The target deletes files for some time after it has answered. */
const SETTLE_MS = 2_000;
const HELP = 'npm run bench:overhead [-- --rounds 5] [--indices 100] [--documents 2000] [--profile (where the time went in the last round)]';

interface Round {
  readonly plain: PlainTimes;
  readonly godwit: GodwitTimes;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, indices: { type: 'string', default: '100' }, documents: { type: 'string', default: '2000' }, help: { type: 'boolean' }, profile: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const [rounds, indices, documents] = [Number(values.rounds), Number(values.indices), Number(values.documents)];
  const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'));
  const stage = new Stage(folder, { quickStart: false });
  let keepsLogs = false;
  try {
    console.log(`starting two clusters, Temporal, API and worker (load ${load()}) ...`);
    await stage.startServers();
    await stage.startGodwit();
    const names = await fill(stage, indices, documents);
    console.log(`${String(indices)} indices x ${String(documents)} documents, 8.19.8 to 9.4.3, on one machine; seconds`);
    const connection = await Connection.connect({ address: stage.temporalAddress });
    const temporal = new Client({ connection });
    const measured = await measure(stage, temporal, names, rounds);
    const last = measured.at(-1);
    if (values.profile === true && last !== undefined) for (const line of await profile(temporal, last.godwit.id)) console.log(line);
    await connection.close();
    return summarize(measured, indices);
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

async function fill(stage: Stage, indices: number, documents: number): Promise<string[]> {
  const source = stage.source.description;
  const names = Array.from({ length: indices }, (_, at) => `overhead-${String(at).padStart(4, '0')}`);
  const text = 'the quick brown fox jumps over the lazy dog and runs home '.split(' ');
  for (const [at, name] of names.entries()) {
    await createIndex(source, name);
    await write(source, name, numbered(documents, (number) => ({ customer: `c-${String((number * 7919 + at) % 16_000)}`, total: (number * 104_729) % 20_000, note: text.slice(number % 6, (number % 6) + 5).join(' ') })));
  }
  // No merge may come in the way of a measurement.
  await call(source, 'POST', '/overhead-*/_forcemerge?max_num_segments=1');
  await call(source, 'POST', '/overhead-*/_flush');
  return names;
}

/** One round is both, in an order that changes; the first ones warm up and do not count. */
async function measure(stage: Stage, temporal: Client, names: readonly string[], rounds: number): Promise<Round[]> {
  const [source, target] = [stage.source.description, stage.target.description];
  const api = new Api(stage.url);
  const measured: Round[] = [];
  const clear = async (): Promise<void> => {
    await deleteIndices(target, 'overhead-*');
    await sleep(SETTLE_MS);
  };
  for (let round = 1 - WARM_UP; round <= rounds; round += 1) {
    const plainly = async (): Promise<PlainTimes> => {
      const times = await migratePlainly(source, target, names, `plain-${String(round + WARM_UP)}`);
      await clear();
      return times;
    };
    const byGodwit = async (): Promise<GodwitTimes> => {
      const times = await migrateByGodwit(api, temporal, target, 'overhead-*', `godwit-${String(round + WARM_UP)}`);
      await clear();
      return times;
    };
    const first = round % 2 === 0 ? await plainly() : await byGodwit();
    const second = round % 2 === 0 ? await byGodwit() : await plainly();
    const [plain, godwit] = 'migrated' in first ? [first, second as GodwitTimes] : [second as PlainTimes, first];
    if (round > 0) measured.push({ plain, godwit });
    const list = (parts: object): string => Object.entries(parts).map(([name, took]) => `${name} ${Number(took).toFixed(1)}`).join(', ');
    console.log(
      `${round <= 0 ? 'warm-up' : `round ${String(round)}`}: plain ${plain.migrated.toFixed(2)} (${list(plain.parts)}; with clean-up ${plain.cleanedUp.toFixed(2)}), ` +
        `Godwit ${godwit.completed.toFixed(2)} (${list(godwit.steps)}; last shard restored ${godwit.lastShard.toFixed(1)}), ${String(godwit.events)} events, load ${load()}`,
    );
  }
  return measured;
}

function summarize(rounds: readonly Round[], indices: number): number {
  const plain = median(rounds.map((round) => round.plain.migrated));
  const cleanedUp = median(rounds.map((round) => round.plain.cleanedUp));
  const godwit = median(rounds.map((round) => round.godwit.completed));
  const events = median(rounds.map((round) => round.godwit.events));
  const ratio = godwit / plain;
  console.log(`\nmedians: plain ${plain.toFixed(2)} s, plain with clean-up ${cleanedUp.toFixed(2)} s, Godwit (cleans up too) ${godwit.toFixed(2)} s`);
  console.log(`Godwit / plain: ${ratio.toFixed(2)} (target: at most ${String(TARGET_RATIO)}); against plain with clean-up: ${(godwit / cleanedUp).toFixed(2)}`);
  console.log(`events in history: ${String(events)}, ${(events / indices).toFixed(2)} an index`);
  return ratio <= TARGET_RATIO ? 0 : 1;
}

process.exit(await main());
