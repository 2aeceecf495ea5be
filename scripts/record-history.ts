/**
 * Records the histories that `test/replay` replays, from real runs: `npm run record:histories [-- NAME ...]`.
 *
 * Starts its own servers, or uses those that `test/servers/keep.ts` keeps if TEST_SERVERS names its file (but not for
 * scenarios that need servers of their own). Record again when the workflow is meant to have changed and no run of the
 * old one is open anywhere; else keep the old recording beside the new one, and guard the change with `patched`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { startKibana } from '../test/servers/kibana-stand-in.js';
import { startSharedServers, type SharedServers } from '../test/servers/shared.js';
import { deleteIndices, forgetRepositories } from '../test/support/clusters.js';
import { startStack } from '../test/support/stack.js';
import { HISTORIES, MACHINE_PATH, historyText, plainTextOf } from '../test/replay/support/history-file.js';
import { REPLAY_PREFIX, SCENARIOS, type Scenario } from '../test/replay/support/scenarios.js';

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`no scenario is named ${unknown.join(', ')}; there are ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  const kept = process.env['TEST_SERVERS'];
  const chosen = SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
  const intrusive = chosen.filter(({ needsOwnServers }) => needsOwnServers === true);
  if (kept !== undefined && intrusive.length > 0) throw new Error(`${intrusive.map(({ name }) => name).join(', ')}: unset TEST_SERVERS, since they replace users and roles of a cluster`);
  const running = kept === undefined ? await startSharedServers((line) => console.log(line)) : null;
  const servers = running?.servers ?? (JSON.parse(readFileSync(kept ?? '', 'utf8')) as SharedServers);
  try {
    await record(servers, chosen);
  } finally {
    await running?.stop();
  }
}

async function record(servers: SharedServers, scenarios: readonly Scenario[]): Promise<void> {
  mkdirSync(HISTORIES, { recursive: true });
  const connection = await Connection.connect({ address: servers.temporal.address });
  const credentials = ({ username = '', password = '' }: { username?: string; password?: string }): { username: string; password: string } => ({ username, password });
  const [source, target] = await Promise.all([startKibana({ version: '8.19.8', ...credentials(servers.es8) }), startKibana({ version: '9.4.3', ...credentials(servers.es9) })]);
  const stack = await startStack(servers, { kibanas: { es8: source.url, es9: target.url } });
  try {
    for (const scenario of scenarios) {
      await clear(servers);
      const id = await scenario.run({ servers, stack, kibanas: { source, target } });
      const { status } = await stack.migration(id);
      if (status !== scenario.status) throw new Error(`${scenario.name} ended as ${status}`);
      const handle = new Client({ connection }).workflow.getHandle(id);
      // The state says that it has ended a moment before it has; how it ended is in the history.
      await handle.result().catch(() => undefined);
      const history = await handle.fetchHistory();
      const text = historyText(history);
      mustBeClean(scenario.name, text, servers);
      writeFileSync(`${HISTORIES}${scenario.name}.json`, text);
      console.log(`${scenario.name}: ${String(history.events?.length ?? 0)} events, ${String(Math.round(text.length / 1_024))} KiB`);
    }
  } finally {
    await stack.stop();
    await Promise.all([source.stop(), target.stop()]);
    await clear(servers);
    await connection.close();
  }
}

async function clear(servers: SharedServers): Promise<void> {
  for (const node of [servers.es8, servers.es9]) {
    await deleteIndices(node, `${REPLAY_PREFIX}-*`);
    await forgetRepositories(node, REPLAY_PREFIX);
  }
}

/** @throws Error that names what must not be in a file that everybody reads */
function mustBeClean(name: string, text: string, servers: SharedServers): void {
  const plain = `${text}\n${plainTextOf(JSON.parse(text) as Parameters<typeof plainTextOf>[0])}`;
  const secrets = [servers.es8.password, servers.es9.password].filter((secret) => secret !== undefined);
  const forbidden = [...secrets, homedir(), process.cwd(), `@${hostname()}`, servers.pathRepo];
  const found = forbidden.findIndex((word) => plain.includes(word));
  if (found >= 0) throw new Error(`${name}: the history holds ${found < secrets.length ? 'a password' : (forbidden[found] ?? '')}`);
  const path = MACHINE_PATH.exec(plain);
  if (path !== null) throw new Error(`${name}: the history holds a path: ${plain.slice(path.index, path.index + 80)}`);
}

await main(process.argv.slice(2));
process.exit();
