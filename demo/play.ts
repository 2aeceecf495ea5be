/** The play in six acts: servers, documents, preflight, migration, report, comparison. */
import type { MigrationRequestInput } from '../src/contracts/requests.js';
import type { PreflightResult } from '../src/contracts/preflight.js';
import { loadSample, type LoadedSample } from '../test/servers/sample-data.js';
import { Api } from './api.js';
import { compare } from './compare.js';
import { DemoFailure, orFail } from './failure.js';
import { count, mebibytes, seconds } from './format.js';
import { migrate } from './migrate.js';
import { compactReport, type View } from './render.js';
import { requestFor, sizeOf } from './request.js';
import type { Screen } from './screen.js';
import type { Stage } from './stage.js';

/** @returns whether everything was verified. @throws DemoFailure when it did not come that far */
export async function play(stage: Stage, screen: Screen, documents: number): Promise<boolean> {
  const sinceMs = Date.now();
  const act = (title: string): void => screen.say(`\n${title}`);

  act("1. Two clusters and Temporal's dev server");
  await stage.startServers();
  screen.say(`  source: Elasticsearch 8.19.8, ${stage.source.url}; target: 9.4.3, ${stage.target.url} (HTTPS, private CA)`);
  screen.say(`  Temporal: ${stage.temporalUi} (${seconds((Date.now() - sinceMs) / 1_000)})`);

  act('2. A sample in the source; meanwhile Godwit starts');
  // Only half awaited by the sample: a failure to start must not wait for the last document.
  const [loaded, worker] = await Promise.all([load(stage, screen, documents), stage.startGodwit()]);
  screen.say(`  Godwit: API at ${stage.url}, worker 1 (process ${String(worker.pid)})`);

  act('3. Preflight: can it work? Touches nothing');
  const api = new Api(stage.url);
  const names = Object.keys(loaded.indices);
  const request = requestFor(names, await sizeOf(stage.source.description, names));
  await preflight(api, screen, request);

  act('4. The migration, over HTTP');
  const migration = await migrate(stage, api, screen, request, worker);

  act('5. The report');
  screen.say(`\n${compactReport(await api.report(migration.id))}\n`);
  screen.say(`  (all of it: ${api.url}${migration.links.report})`);

  act('6. Compared once more, by plain HTTP and without Godwit');
  const comparison = await compare(stage.source.description, stage.target.description, loaded.indices);
  for (const line of comparison.lines) screen.say(line);
  const isVerified = comparison.isEqual && migration.verification.status === 'verified';
  screen.say(`\n${isVerified ? 'Verified' : 'NOT VERIFIED'}: ${count(loaded.documents)} documents from 8.19.8 to 9.4.3, one worker killed on the way (${seconds((Date.now() - sinceMs) / 1_000)} in all)`);
  return isVerified;
}

async function load(stage: Stage, screen: Screen, documents: number): Promise<LoadedSample> {
  const onProgress = ({ loaded, total, bytes }: { loaded: number; total: number; bytes: number }): void => screen.show(loadingView(loaded, total, bytes));
  const loading = loadSample(stage.source.description, { documents, onProgress });
  const loaded = await orFail(loading, 'the sample could not be loaded', 'run it again; if it stays so, look for free memory and disk space.', ['source.log']).finally(() => screen.settle());
  screen.say(`  ${count(loaded.documents)} documents, ${mebibytes(loaded.bytes)}, in ${String(Object.keys(loaded.indices).length - 1)} indices and a data stream (${seconds(loaded.seconds)})`);
  return loaded;
}

function loadingView(loaded: number, total: number, bytes: number): View {
  const text = `${count(loaded)} of ${count(total)} documents, ${mebibytes(bytes)}`;
  return { bars: [{ name: 'loading', done: loaded, total, text }], footer: '', line: `  loading: ${text}` };
}

async function preflight(api: Api, screen: Screen, request: MigrationRequestInput): Promise<void> {
  const { ok, findings, plan } = await api.post<PreflightResult>('/v1/migrations/preflight', request);
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const [first] = errors;
  if (!ok) throw new DemoFailure(`preflight found ${String(errors.length)} error(s): ${first?.message ?? ''}`, first?.remedy ?? '', ['api.log']);
  if (plan === null) throw new DemoFailure('preflight could not find out how much would be moved', 'look at the logs.', ['api.log']);
  screen.say(`  ok: ${String(plan.indices)} indices, ${String(plan.dataStreams)} data stream, ${count(plan.documents)} documents, ${mebibytes(plan.bytes)}; ${String(warnings.length)} warning(s)`);
  for (const { subject, message } of warnings) screen.say(`  warning: ${subject}: ${message}`);
}
