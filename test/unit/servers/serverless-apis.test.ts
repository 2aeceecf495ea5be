/** What the stand-in for Serverless lets through, against the APIs that Elastic's own client knows how to ask. */
import { Client } from '@elastic/elasticsearch';
import { beforeAll, describe, expect, it } from 'vitest';
import { isServerlessApi, refusedSettings } from '../../servers/serverless-apis.js';

/** Every request that a method of the client makes, by its name (`indices.stats`). */
const requests = new Map<string, { readonly method: string; readonly path: string }[]>();

/** Any parameter has the value `x`, and none is in a query. */
const ANYTHING = new Proxy({}, { get: (_target, key) => (typeof key === 'symbol' || key === 'querystring' || key === 'body' ? undefined : 'x'), ownKeys: () => [] });

const methodsOf = (object: object): string[] => Object.getOwnPropertyNames(object).filter((name) => name !== 'constructor');

beforeAll(async () => {
  const client = new Client({ node: 'http://localhost:1' });
  let current = '';
  const record = (request: { method: string; path: string }): Promise<object> => {
    requests.set(current, [...(requests.get(current) ?? []), { method: request.method, path: request.path }]);
    return Promise.resolve({});
  };
  const runAll = async (prefix: string, on: object, names: readonly string[]): Promise<void> => {
    Reflect.set(on, 'transport', { request: record });
    for (const name of names) {
      const method: unknown = Reflect.get(on, name);
      if (typeof method !== 'function') continue;
      current = prefix + name;
      // Without parameters those that need one throw: they have no such request.
      for (const parameters of [ANYTHING, {}]) await Promise.resolve(Reflect.apply(method, on, [parameters])).catch(() => undefined);
    }
  };
  const api = Object.getPrototypeOf(Client.prototype) as object;
  for (const name of methodsOf(api)) {
    const value: unknown = Reflect.get(client, name);
    if (typeof value === 'object' && value !== null) await runAll(`${name}.`, value, methodsOf(Object.getPrototypeOf(value) as object));
  }
  await runAll('', client, methodsOf(api).filter((name) => typeof Reflect.get(api, name, client) === 'function'));
  await client.close();
});

const letThrough = (name: string): boolean[] => (requests.get(name) ?? []).map(({ method, path }) => isServerlessApi(method, path));

describe('the stand-in for Serverless', () => {
  it.each(['autoscaling', 'ccr', 'danglingIndices', 'features', 'ilm', 'monitoring', 'nodes', 'profiling', 'rollup', 'searchableSnapshots', 'shutdown', 'slm', 'snapshot', 'ssl', 'textStructure', 'watcher', 'xpack'])('refuses all of %s', (area) => {
    const names = [...requests.keys()].filter((name) => name.startsWith(`${area}.`));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => letThrough(name).includes(true))).toEqual([]);
  });

  it.each([
    ...['cluster.health', 'cluster.getSettings', 'cluster.putSettings', 'cluster.state', 'cluster.stats', 'cluster.reroute', 'cluster.remoteInfo', 'tasks.list', 'tasks.cancel', 'cat.nodes', 'cat.shards', 'cat.health', 'cat.tasks'],
    ...['indices.stats', 'indices.segments', 'indices.recovery', 'indices.open', 'indices.close', 'indices.shrink', 'indices.split', 'indices.clone', 'indices.forcemerge', 'indices.flush', 'indices.getTemplate', 'indices.putTemplate', 'indices.getFieldMapping'],
    ...['security.putUser', 'security.getUser', 'security.putRoleMapping', 'security.putPrivileges', 'security.getToken', 'security.grantApiKey', 'ingest.putIpLocationDatabase', 'license.post'],
  ])('refuses %s', (name) => {
    expect(letThrough(name)).toContain(false);
    expect(letThrough(name)).not.toContain(true);
  });

  it.each([
    ...['search', 'msearch', 'scroll', 'clearScroll', 'openPointInTime', 'closePointInTime', 'bulk', 'index', 'get', 'mget', 'create', 'delete', 'exists', 'count', 'reindex', 'reindexRethrottle', 'deleteByQuery', 'fieldCaps', 'putScript', 'getScript'],
    ...['tasks.get', 'cat.indices', 'cat.aliases', 'cat.count', 'cluster.putComponentTemplate', 'cluster.getComponentTemplate', 'license.get', 'indices.create', 'indices.get', 'indices.delete', 'indices.exists', 'indices.refresh', 'indices.getSettings', 'indices.putSettings', 'indices.putMapping', 'indices.updateAliases', 'indices.addBlock', 'indices.resolveIndex', 'indices.getDataStream', 'indices.deleteDataStream', 'indices.putIndexTemplate', 'indices.simulateTemplate', 'indices.rollover'],
    ...['ingest.getPipeline', 'ingest.putPipeline', 'security.createApiKey', 'security.putRole', 'security.hasPrivileges', 'security.authenticate', 'enrich.executePolicy', 'synonyms.putSynonym', 'transform.putTransform', 'transform.startTransform', 'ml.putJob', 'logstash.putPipeline', 'queryRules.putRuleset', 'inference.put', 'connector.put'],
  ])('lets %s through', (name) => {
    expect(letThrough(name)).toContain(true);
    expect(letThrough(name)).not.toContain(false);
  });

  it('has the API of running reindexes, newer than the client', () => {
    for (const [method, path] of [['GET', '/_reindex'], ['GET', '/_reindex/_n:1'], ['POST', '/_reindex/_n:1/_cancel']] as const) expect(isServerlessApi(method, path)).toBe(true);
  });

  it('takes no name with an underscore in front for an index', () => {
    expect(isServerlessApi('GET', '/_nodes')).toBe(false);
    expect(isServerlessApi('GET', '/_nodes/_search')).toBe(false);
    expect(isServerlessApi('GET', '/.ds-logs-000001/_search')).toBe(true);
    expect(isServerlessApi('GET', '/_all/_search')).toBe(true);
  });
});

describe('its settings', () => {
  it.each([
    [{ number_of_shards: 1 }, 'Settings [index.number_of_shards] are not available when running in serverless mode'],
    [{ index: { number_of_replicas: 0, lifecycle: { name: 'p' } } }, 'Settings [index.number_of_replicas,index.lifecycle.name] are not available when running in serverless mode'],
    [{ 'index.refresh_interval': '1s' }, 'index setting [index.refresh_interval=1s] should be either -1 or equal to or greater than 5s'],
    [{ 'index.blocks.read_only_allow_delete': true }, 'Settings [index.blocks.read_only_allow_delete] are not available when running in serverless mode'],
    [{ refresh_interval: '-1', sort: { field: ['a'] }, analysis: { analyzer: { a: { type: 'standard' } } } }, null],
    [undefined, null],
  ])('%j', (settings, reason) => {
    expect(refusedSettings(settings)).toBe(reason);
  });
});
