/**
 * The lives of a migration whose histories are kept: what each is, and how it is brought about on real clusters.
 *
 * A scenario ends with the id of a migration that has come to its end.
 */
import type { SharedServers } from '../../servers/shared.js';
import { bulky, createIndex, createMany, deleteIndices, exists, numbered, write } from '../../support/clusters.js';
import { call } from '../../servers/http.js';
import type { KibanaStandIn } from '../../servers/kibana-stand-in.js';
import type { Stack } from '../../support/stack.js';
import type { Migration } from '../../../src/contracts/migration.js';

export interface Stage {
  readonly servers: SharedServers;
  readonly stack: Stack;
  /** Stand-ins, of the connections es8 and es9. */
  readonly kibanas: { readonly source: KibanaStandIn; readonly target: KibanaStandIn };
}

export interface Scenario {
  readonly name: string;
  /** Status in which the migration ends. */
  readonly status: 'completed' | 'failed' | 'canceled';
  /** Updates that the history holds, in order. */
  readonly updates: readonly string[];
  /** It replaces what is of a whole cluster, so it is recorded only on servers that are nobody else's. */
  readonly needsOwnServers?: boolean;
  readonly run: (stage: Stage) => Promise<string>;
}

const PREFIX = 'dm-replay';
const SLOW = '300kb';
const RESTORE_GATE = 'restore-feature-states';

async function migrate({ stack }: Stage, indices: string, speed: { snapshot?: string; restore?: string } = {}, more: object = {}): Promise<string> {
  const { id } = await stack.migrate({
    ...{ source: 'es8', target: 'es9', indices: [indices] },
    repository: {
      ...{ name: PREFIX, type: 'fs' },
      settings: { location: PREFIX, ...(speed.snapshot === undefined ? {} : { max_snapshot_bytes_per_sec: speed.snapshot }) },
      ...(speed.restore === undefined ? {} : { targetSettings: { max_restore_bytes_per_sec: speed.restore } }),
    },
    ...more,
  });
  return id;
}

const saysInTransfer =
  (text: string) =>
  ({ steps }: Migration): boolean =>
    steps.some((step) => step.name === 'transfer' && step.status === 'running' && (step.detail ?? '').includes(text));

/** An index that takes some seconds at `SLOW`. */
async function bulkyIndex({ servers }: Stage, name: string): Promise<void> {
  await createIndex(servers.es8, name);
  await write(servers.es8, name, bulky(300, 6_000));
}

/** Two indices, one of whose names somebody takes at the target after preflight. */
async function park(stage: Stage, prefix: string): Promise<string> {
  const { servers, stack } = stage;
  await bulkyIndex(stage, `${prefix}-fine`);
  await createIndex(servers.es8, `${prefix}-late`);
  const id = await migrate(stage, `${prefix}-*`, { snapshot: SLOW });
  await stack.until(id, saysInTransfer('snapshot:'));
  await createIndex(servers.es9, `${prefix}-late`);
  await stack.until(id, ({ status }) => status === 'needs-attention');
  return id;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    ...{ name: 'completed', status: 'completed', updates: [] },
    async run(stage: Stage): Promise<string> {
      const { es8 } = stage.servers;
      for (const name of ['one', 'two']) {
        await createIndex(es8, `${PREFIX}-a-${name}`);
        await write(es8, `${PREFIX}-a-${name}`, numbered(50));
      }
      return ended(stage, await migrate(stage, `${PREFIX}-a-*`));
    },
  },
  {
    ...{ name: 'several-batches', status: 'completed', updates: ['throttle'] },
    async run(stage: Stage): Promise<string> {
      await createMany(stage.servers.es8, `${PREFIX}-b-`, 60);
      const id = await migrate(stage, `${PREFIX}-b-*`, {}, { concurrency: 2 });
      await control(stage, id, 'throttle', { concurrency: 3 });
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'worker-killed-and-resumed', status: 'completed', updates: [] },
    async run(stage: Stage): Promise<string> {
      await bulkyIndex(stage, `${PREFIX}-c`);
      const id = await migrate(stage, `${PREFIX}-c`, { snapshot: SLOW });
      await stage.stack.until(id, saysInTransfer('snapshot:'));
      await stage.stack.killWorkers();
      await stage.stack.startWorker();
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'parked-then-retried', status: 'completed', updates: ['retry'] },
    async run(stage: Stage): Promise<string> {
      const id = await park(stage, `${PREFIX}-d`);
      await deleteIndices(stage.servers.es9, `${PREFIX}-d-late`);
      await control(stage, id, 'retry', { subject: `${PREFIX}-d-late` });
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'parked-then-skipped', status: 'completed', updates: ['skip'] },
    async run(stage: Stage): Promise<string> {
      const id = await park(stage, `${PREFIX}-e`);
      await control(stage, id, 'skip', { subject: `${PREFIX}-e-late` });
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'paused-and-resumed', status: 'completed', updates: ['pause', 'resume'] },
    async run(stage: Stage): Promise<string> {
      await bulkyIndex(stage, `${PREFIX}-f`);
      const id = await migrate(stage, `${PREFIX}-f`, { snapshot: SLOW });
      await stage.stack.until(id, saysInTransfer('snapshot:'));
      await control(stage, id, 'pause');
      // The snapshot comes to its end, and no restore begins.
      await stage.stack.until(id, saysInTransfer('every shard as of'));
      if (await exists(stage.servers.es9, `${PREFIX}-f`)) throw new Error('a paused migration restored');
      await control(stage, id, 'resume');
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'canceled-during-the-snapshot', status: 'canceled', updates: ['cancel'] },
    run: (stage) => cancel(stage, `${PREFIX}-g`, { snapshot: SLOW }, 'snapshot:'),
  },
  {
    ...{ name: 'canceled-during-the-restore', status: 'canceled', updates: ['cancel'] },
    run: (stage) => cancel(stage, `${PREFIX}-h`, { restore: SLOW }, 'restoring'),
  },
  {
    ...{ name: 'failed-in-preflight', status: 'failed', updates: [] },
    async run(stage: Stage): Promise<string> {
      // Accepted while the index is there and nobody works; gone when somebody does.
      await stage.stack.killWorkers();
      await createIndex(stage.servers.es8, `${PREFIX}-i`);
      const id = await migrate(stage, `${PREFIX}-i`);
      await deleteIndices(stage.servers.es8, `${PREFIX}-i`);
      await stage.stack.startWorker();
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'system-indices-approved', status: 'completed', updates: ['approve'], needsOwnServers: true },
    async run(stage: Stage): Promise<string> {
      const id = await security(stage);
      await control(stage, id, 'approve', { gate: RESTORE_GATE });
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'system-indices-canceled-at-the-gate', status: 'canceled', updates: ['cancel'], needsOwnServers: true },
    async run(stage: Stage): Promise<string> {
      const id = await security(stage);
      await control(stage, id, 'cancel');
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'components-parked-then-retried', status: 'completed', updates: ['retry'] },
    async run(stage: Stage): Promise<string> {
      const { es8, es9 } = stage.servers;
      const part = `/_component_template/${PREFIX}-part`;
      await call(es8, 'PUT', part, { template: {} });
      await call(es8, 'PUT', `/_index_template/${PREFIX}-whole`, { index_patterns: [`${PREFIX}-whole*`], composed_of: [`${PREFIX}-part`], priority: 7_100 });
      await call(es8, 'PUT', `/_ingest/pipeline/${PREFIX}`, { processors: [] });
      // The target refuses it: what it is composed of is left out.
      const id = await components(stage, [`index-template/${PREFIX}-whole`, `ingest-pipeline/${PREFIX}`]);
      await stage.stack.until(id, ({ status }) => status === 'needs-attention');
      await call(es9, 'PUT', part, { template: {} });
      await control(stage, id, 'retry', { subject: `index-template/${PREFIX}-whole` });
      await ended(stage, id);
      for (const node of [es8, es9]) for (const path of [`/_index_template/${PREFIX}-whole`, part, `/_ingest/pipeline/${PREFIX}`]) await call(node, 'DELETE', path);
      return id;
    },
  },
  {
    ...{ name: 'components-canceled', status: 'canceled', updates: ['cancel'] },
    async run(stage: Stage): Promise<string> {
      const { es8, es9 } = stage.servers;
      for (const [node, description] of [[es8, 'one'], [es9, 'another']] as const) await call(node, 'PUT', `/_ingest/pipeline/${PREFIX}`, { description, processors: [] });
      const id = await components(stage, [`ingest-pipeline/${PREFIX}`]);
      await stage.stack.until(id, ({ status }) => status === 'needs-attention');
      await control(stage, id, 'cancel');
      await ended(stage, id);
      for (const node of [es8, es9]) await call(node, 'DELETE', `/_ingest/pipeline/${PREFIX}`);
      return id;
    },
  },
  {
    ...{ name: 'saved-objects-approved', status: 'completed', updates: ['retry', 'skip', 'approve'] },
    async run(stage: Stage): Promise<string> {
      const { source, target } = stage.kibanas;
      stuck(stage);
      source.objects.put(PREFIX, { type: 'action', id: 'slack', attributes: { name: 'Slack', actionTypeId: '.slack', config: {}, secrets: { webhookUrl: 'x' } } });
      source.objects.put(PREFIX, { type: 'alert', id: 'rule', attributes: { name: 'rule', enabled: true, alertTypeId: '.index-threshold' }, references: [{ type: 'action', id: 'slack', name: 'action_0' }] });
      const { id } = await stage.stack.migrate({ type: 'saved-objects', source: 'es8', target: 'es9', spaces: [PREFIX], enableRules: true });
      await stage.stack.until(id, ({ attention }) => attention.length === 2);
      target.objects.broken.delete('visualization:one');
      await control(stage, id, 'retry', { subject: `${PREFIX}/visualization:one` });
      await stage.stack.until(id, ({ attention }) => attention.length === 1);
      await control(stage, id, 'skip', { subject: `${PREFIX}/visualization:two` });
      await stage.stack.until(id, ({ status }) => status === 'awaiting-approval');
      await control(stage, id, 'approve', { gate: 'connector-secrets' });
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'saved-objects-canceled', status: 'canceled', updates: ['cancel'] },
    async run(stage: Stage): Promise<string> {
      stuck(stage);
      const { id } = await stage.stack.migrate({ type: 'saved-objects', source: 'es8', target: 'es9', spaces: [PREFIX] });
      await stage.stack.until(id, ({ attention }) => attention.length === 2);
      await control(stage, id, 'cancel');
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'copy-caught-up', status: 'completed', updates: ['pause', 'resume', 'throttle', 'approve'] },
    async run(stage: Stage): Promise<string> {
      const { servers, stack } = stage;
      const index = `${PREFIX}-k`;
      await createIndex(servers.es8, index);
      await write(servers.es8, index, numbered(60));
      const id = await copy(stage, index, { sliceDocuments: 20, concurrency: 1, requestsPerSecond: 5, catchUp: { passes: 2, gate: true } });
      await stack.until(id, ({ progress }) => progress.documents.done > 0);
      await control(stage, id, 'pause');
      await stack.until(id, ({ status }) => status === 'paused');
      await write(servers.es8, index, numbered(70).slice(55));
      await control(stage, id, 'resume');
      await control(stage, id, 'throttle', { requestsPerSecond: null });
      await stack.until(id, ({ status }) => status === 'awaiting-approval');
      await control(stage, id, 'approve', { gate: 'cutover' });
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'copy-parked-then-retried', status: 'completed', updates: ['retry'] },
    async run(stage: Stage): Promise<string> {
      const { es8, es9 } = stage.servers;
      const index = `${PREFIX}-l`;
      await createIndex(es8, index, { mappings: { dynamic: false } });
      await write(es8, index, [...numbered(20), { id: 'bad', source: { number: 'none' } }]);
      await createIndex(es9, index, { mappings: { properties: { number: { type: 'integer' } } } });
      const id = await copy(stage, index, { onExisting: 'merge' });
      await stage.stack.until(id, ({ status }) => status === 'needs-attention');
      await write(es8, index, [{ id: 'bad', source: { number: 7 } }]);
      await control(stage, id, 'retry');
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'copy-canceled', status: 'canceled', updates: ['cancel'] },
    async run(stage: Stage): Promise<string> {
      const index = `${PREFIX}-m`;
      await createIndex(stage.servers.es8, index);
      await write(stage.servers.es8, index, numbered(300));
      const id = await copy(stage, index, { sliceDocuments: 100, requestsPerSecond: 10 });
      await stage.stack.until(id, ({ progress }) => progress.documents.done > 0);
      await control(stage, id, 'cancel');
      return ended(stage, id);
    },
  },
  {
    ...{ name: 'verify-repaired', status: 'completed', updates: ['approve'] },
    async run(stage: Stage): Promise<string> {
      const { servers, stack } = stage;
      const index = `${PREFIX}-n`;
      for (const node of [servers.es8, servers.es9]) {
        await createIndex(node, index);
        await write(node, index, numbered(20));
      }
      await write(servers.es9, index, [{ id: 'extra', source: {} }]);
      const { id } = await stack.migrate({ type: 'verify', source: 'es8', target: 'es9', indices: [index], repair: true });
      await stack.until(id, ({ status }) => status === 'awaiting-approval');
      await control(stage, id, 'approve', { gate: 'repair' });
      return ended(stage, id);
    },
  },
];

export { PREFIX as REPLAY_PREFIX };

async function components({ stack }: Stage, names: readonly string[]): Promise<string> {
  return (await stack.migrate({ type: 'components', source: 'es8', target: 'es9', components: names })).id;
}

/** A new space with two objects that the target refuses, and one that it takes. */
function stuck({ kibanas: { source, target } }: Stage): void {
  for (const kibana of [source, target]) {
    kibana.spaces.delete(PREFIX);
    kibana.objects.removeSpace(PREFIX);
  }
  source.spaces.set(PREFIX, { id: PREFIX, name: PREFIX, disabledFeatures: [] });
  for (const id of ['one', 'two', 'fine']) source.objects.put(PREFIX, { type: 'visualization', id, attributes: { title: id } });
  for (const id of ['one', 'two']) target.objects.broken.set(`visualization:${id}`, { statusCode: 400, message: 'does not fit the schema' });
}

/** A migration of users and roles that waits for its approval. */
async function security({ servers, stack }: Stage): Promise<string> {
  for (const node of [servers.es8, servers.es9]) await call(node, 'PUT', `/_security/role/${PREFIX}`, { cluster: ['monitor'] });
  await call(servers.es9, 'PUT', `/_snapshot/${PREFIX}-kept`, { type: 'fs', settings: { location: `${PREFIX}-kept` } });
  const { id } = await stack.migrate({
    ...{ type: 'system-indices', source: 'es8', target: 'es9', featureStates: ['security'] },
    ...{ repository: { name: PREFIX, type: 'fs', settings: { location: PREFIX } }, backupRepository: `${PREFIX}-kept` },
  });
  await stack.until(id, ({ status }) => status === 'awaiting-approval');
  return id;
}

async function copy({ stack }: Stage, index: string, more: object): Promise<string> {
  return (await stack.migrate({ type: 'copy', source: 'es8', target: 'es9', indices: [index], ...more })).id;
}

async function ended({ stack }: Stage, id: string): Promise<string> {
  await stack.ended(id);
  return id;
}

async function control({ stack }: Stage, id: string, action: string, body: object = {}): Promise<void> {
  const { status, body: answer } = await stack.control(id, action, body);
  if (status !== 200) throw new Error(`${action} was answered with ${String(status)}: ${JSON.stringify(answer)}`);
}

async function cancel(stage: Stage, index: string, speed: { snapshot?: string; restore?: string }, when: string): Promise<string> {
  await bulkyIndex(stage, index);
  const id = await migrate(stage, index, speed);
  await stage.stack.until(id, saysInTransfer(when));
  await control(stage, id, 'cancel');
  return ended(stage, id);
}
