/** Who may do what. Secrets never leave a cluster, so what is one is listed. Pure. */
import type { Json, JsonObject } from '../../json.js';
import { isObject, listOf, objectOf, objectsIn, textOf, textsOf, without } from '../json-parts.js';
import { byKey, inList, segment, type Entry, type Fitted, type KindDefinition } from '../kind.js';

const RESERVED = 'it is built in';

const reserved = ({ raw }: Entry): string | null => (objectOf(raw['metadata'])['_reserved'] === true ? RESERVED : null);

export const applicationPrivilege: KindDefinition = {
  title: 'application privilege',
  listing: {
    request: { method: 'GET', path: '/_security/privilege' },
    entries: (answer) => byKey(answer).flatMap(({ name: application, raw }) => Object.entries(raw).map(([name, privilege]) => ({ name: `${application}:${name}`, raw: objectOf(privilege) }))),
  },
  managed: ({ raw }) => (textOf(raw['application']).startsWith('kibana-') ? 'Kibana registers its own' : null),
  normalise: ({ raw }) => raw,
  writes: (_name, definition) => [
    {
      method: 'PUT',
      path: '/_security/privilege',
      body: { [textOf(definition['application'])]: { [textOf(definition['name'])]: without(definition, 'application', 'name') } },
    },
  ],
  removal: (name) => [{ method: 'DELETE', path: `/_security/privilege/${name.split(':').map(segment).join('/')}` }],
  replace: 'put',
  serverless: 'a serverless project takes no application privileges',
};

function fitRole(definition: JsonObject, name: string, isServerless: boolean): Fitted {
  if (!isServerless) return { definition, notes: [] };
  if (textsOf(definition['run_as']).length > 0) return { definition, notes: [], unsupported: 'a serverless project takes no role with run_as' };
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) return { definition, notes: [], unsupported: 'a serverless project takes role names of letters, digits, "_", "." and "-" only' };
  const dropped = ['remote_indices', 'remote_cluster', 'global'].filter((field) => definition[field] !== undefined);
  return { definition: without(definition, 'run_as', ...dropped), notes: dropped.length === 0 ? [] : [`without ${dropped.join(', ')}, which a serverless project does not allow`] };
}

export const role: KindDefinition = {
  title: 'role',
  listing: { request: { method: 'GET', path: '/_security/role' }, entries: byKey },
  managed: reserved,
  normalise: ({ raw }) => without(raw, 'transient_metadata', 'implicitly_granted', ...(textsOf(raw['run_as']).length === 0 ? ['run_as'] : [])),
  fit: (definition, name, { targetKind }) => fitRole(definition, name, targetKind === 'serverless'),
  notes: ({ raw }) => (listOf(raw['applications']).some((item) => textOf(objectOf(item)['application']).startsWith('kibana-')) ? ['it grants Kibana privileges: its spaces must exist at the target'] : []),
  writes: (name, definition) => [{ method: 'PUT', path: `/_security/role/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_security/role/${segment(name)}` }],
  replace: 'put',
  serverless: null,
};

/** Realms that the rules of a role mapping name. */
export function realmsOf(definition: JsonObject): string[] {
  return [...new Set([...objectsIn(definition['rules'])].flatMap((object) => (isObject(object['field']) ? textsOf(object['field']['realm.name']) : [])))];
}

export const roleMapping: KindDefinition = {
  title: 'role mapping',
  listing: { request: { method: 'GET', path: '/_security/role_mapping' }, entries: byKey },
  managed: (entry) => (objectOf(entry.raw['metadata'])['_read_only'] === true ? 'the settings of its operator make it' : reserved(entry)),
  normalise: ({ raw }) => raw,
  writes: (name, definition) => [{ method: 'PUT', path: `/_security/role_mapping/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_security/role_mapping/${segment(name)}` }],
  replace: 'put',
  serverless: 'the organisation of a serverless project maps its members to roles',
};

export const user: KindDefinition = {
  title: 'user',
  listing: { request: { method: 'GET', path: '/_security/user' }, entries: byKey },
  managed: reserved,
  issue: (_entry, { users }) =>
    users === 'create'
      ? null
      : 'Its password cannot be read: make it with a new one (users: "create" makes it disabled), invite it, or move the feature state security by snapshot.',
  // Whether it may log in is decided at the target, when it has got its password.
  normalise: ({ raw }) => without(raw, 'username', 'enabled', 'profile_uid'),
  notes: () => ['disabled, with a password that nobody knows: POST /_security/user/<name>/_password, then PUT /_security/user/<name>/_enable'],
  writes: (name, definition, { raw }, { former, isRestoring, password }) => [
    {
      method: 'PUT',
      path: `/_security/user/${segment(name)}`,
      body: former === null ? { ...definition, password, enabled: false } : { ...definition, ...(isRestoring ? { enabled: raw['enabled'] !== false } : {}) },
    },
  ],
  removal: (name) => [{ method: 'DELETE', path: `/_security/user/${segment(name)}` }],
  replace: 'put',
  serverless: 'a serverless project has no users of its own: invite them into the organisation',
};

const issuedAgain = (answerPath: string) => ({
  normalise: ({ raw }: Entry): JsonObject => raw,
  writes: () => [],
  removal: () => [],
  replace: { never: `it is issued with ${answerPath}` },
});

/** Valid keys only. Those of Fleet and Kibana are made by these again. */
export const apiKey: KindDefinition = {
  title: 'API key',
  listing: {
    // Name after time, so that no key is lost between two pages unless both are the same.
    request: { method: 'POST', path: '/_security/_query/api_key', body: { query: { bool: { must_not: [{ term: { invalidated: true } }] } }, sort: ['creation', 'name'] } },
    pageSize: 1_000,
    position: (page) => objectOf(listOf(objectOf(page)['api_keys']).at(-1))['_sort'] ?? [],
    entries: (answer) => inList('api_keys', 'id')(answer).map(({ name: id, raw }) => ({ name: `${textOf(raw['name'])}:${id}`, raw })),
  },
  managed: ({ raw }) => {
    const { managed_by: by, application, managed } = objectOf(raw['metadata']);
    if (managed === true || typeof by === 'string' || typeof application === 'string') return `${textOf(by) || textOf(application) || 'its maker'} issues its own`;
    return /^Alerting: /.test(textOf(raw['name'])) ? 'Kibana issues it again when its rule is enabled' : null;
  },
  issue: ({ raw }) =>
    `Its secret cannot be read: ${textOf(raw['username'])} (realm ${textOf(raw['realm'])}) is to issue it again at the target with POST /_security/${raw['type'] === 'cross_cluster' ? 'cross_cluster/' : ''}api_key, its role_descriptors as GET /_security/api_key?id=${textOf(raw['id'])} gives them.`,
  ...issuedAgain('POST /_security/api_key'),
  serverless: null,
};

function tokensOf({ name: account }: Entry, [answer]: readonly Json[]): Entry[] {
  const { tokens, nodes_credentials: ofNodes } = objectOf(answer);
  const files = objectOf(objectOf(ofNodes)['file_tokens']);
  return [...Object.keys(objectOf(tokens)).map((token) => ({ token, isFile: false })), ...Object.keys(files).map((token) => ({ token, isFile: true }))].map(({ token, isFile }) => ({
    name: `${account}/${token}`,
    raw: { account, token, isFile },
  }));
}

export const serviceToken: KindDefinition = {
  title: 'service token',
  listing: {
    request: { method: 'GET', path: '/_security/service' },
    entries: byKey,
    each: { requests: ({ name }) => [{ method: 'GET', path: `/_security/service/${name}/credential` }], join: tokensOf },
  },
  issue: ({ raw }) =>
    raw['isFile'] === true
      ? 'It is in a file of the nodes: make it on the nodes of the target with elasticsearch-service-tokens.'
      : `Its secret is shown only when it is made: POST /_security/service/${textOf(raw['account'])}/credential/token/${textOf(raw['token'])} at the target, and give it to the service.`,
  ...issuedAgain('POST /_security/service/<account>/credential/token/<name>'),
  serverless: null,
};
