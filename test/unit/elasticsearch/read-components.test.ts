/** Lists of components over several pages, and what is asked for next. */
import { errors, type DiagnosticResult } from '@elastic/elasticsearch';
import { expect, it } from 'vitest';
import type { Cluster } from '../../../src/elasticsearch/cluster.js';
import { readLackingFeatures } from '../../../src/elasticsearch/components/facts.js';
import { readKind } from '../../../src/elasticsearch/components/read.js';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly querystring?: Record<string, unknown>;
  readonly body?: Record<string, unknown>;
}

/** A cluster that answers as it is told. */
function clusterOf(answer: (asked: Asked) => unknown): { readonly cluster: Cluster; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const request = async (one: Asked): Promise<unknown> => {
    asked.push(one);
    return answer(one);
  };
  return { asked, cluster: { connection: 'old', kind: 'self-managed', client: { transport: { request } } } as unknown as Cluster };
}

const all = { isWanted: () => true, signal: new AbortController().signal };

it('API keys go on after the last one, since no window reaches beyond 10,000', async () => {
  const keys = Array.from({ length: 12_500 }, (_, at) => ({ id: `i${String(at)}`, name: `n${String(at)}`, _sort: [at, `n${String(at)}`] }));
  const { cluster, asked } = clusterOf(({ body = {} }) => {
    const after = body['search_after'];
    const from = Array.isArray(after) ? Number(after[0]) + 1 : 0;
    return { api_keys: keys.slice(from, from + Number(body['size'])) };
  });
  const reading = await readKind(cluster, 'api-key', all);
  expect(reading.state === 'read' ? reading.entries.size : 0).toBe(12_500);
  expect(asked).toHaveLength(13);
  expect(asked[1]?.body).toMatchObject({ sort: ['creation', 'name'], size: 1_000, search_after: [999, 'n999'] });
  expect(asked.every(({ body }) => body?.['from'] === undefined)).toBe(true);
});

it.each(['transform', 'ml-analytics', 'trained-model'] as const)('%s: more than one page', async (kind) => {
  const { cluster, asked } = clusterOf(({ path, querystring = {} }) => {
    const ids = Array.from({ length: 1_001 }, (_, at) => `x${String(at)}`).slice(Number(querystring['from'] ?? 0), Number(querystring['from'] ?? 0) + Number(querystring['size']));
    if (path.endsWith('/_stats')) return { transforms: [{ id: 'x1000', state: 'started' }] };
    return { transforms: ids.map((id) => ({ id })), data_frame_analytics: ids.map((id) => ({ id })), trained_model_configs: ids.map((model_id) => ({ model_id })) };
  });
  const reading = await readKind(cluster, kind, all);
  expect(reading.state === 'read' ? reading.entries.size : 0).toBe(1_001);
  expect(asked.filter(({ path }) => !path.endsWith('/_stats')).map(({ querystring }) => querystring)).toMatchObject([{ from: 0, size: 1_000, exclude_generated: true }, { from: 1_000, size: 1_000 }]);
});

it('aliases and deployments of trained models are read out of the models', async () => {
  const models = [{ model_id: 'tree', metadata: { model_aliases: ['best', 'latest'], feature_importance: {} } }, { model_id: 'plain' }];
  const stats = [{ model_id: 'tree' }, { model_id: 'torch', deployment_stats: { deployment_id: 'd', model_id: 'torch', number_of_allocations: 2, state: 'started', nodes: [{ node: 'x' }] } }];
  const { cluster } = clusterOf(({ path }) => (path.endsWith('/_stats') ? { trained_model_stats: stats } : { trained_model_configs: models }));
  const [aliases, deployments] = [await readKind(cluster, 'trained-model-alias', all), await readKind(cluster, 'trained-model-deployment', all)];
  expect(aliases.state === 'read' ? [...aliases.entries.values()] : []).toEqual(['best', 'latest'].map((name) => ({ name, raw: { model_id: 'tree' } })));
  expect(deployments.state === 'read' ? [...deployments.entries.values()] : []).toEqual([{ name: 'd', raw: { model_id: 'torch', deployment_id: 'd', number_of_allocations: 2 } }]);
});

it('what its licence lacks is told from what its settings switch off', async () => {
  const features = { ml: { available: true, enabled: true }, watcher: { available: false, enabled: true }, ccr: { available: true, enabled: false } };
  const { cluster } = clusterOf(() => ({ features }));
  expect([...(await readLackingFeatures(cluster, all.signal))]).toEqual([
    ['watcher', 'the licence of old does not include it'],
    ['ccr', 'the settings of old switch it off (xpack.ccr.enabled)'],
  ]);
});

it('a build without all of its plugins cannot tell what its licence includes, and that stops nothing', async () => {
  // As 8.19.8 and 9.4.3 answer that lack the plugin of monitoring.
  const type = 'illegal_state_exception';
  const { cluster } = clusterOf(() => {
    throw new errors.ResponseError({ statusCode: 500, body: { error: { type, reason: 'failed to find action [cluster:monitor/xpack/info/monitoring] to execute' }, status: 500 }, headers: {}, warnings: null, meta: {} } as unknown as DiagnosticResult);
  });
  expect([...(await readLackingFeatures(cluster, all.signal))]).toEqual([]);
});
