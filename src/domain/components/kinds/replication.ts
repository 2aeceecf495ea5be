/** Cross-cluster replication: what begins to follow by itself, and the indices that follow. Pure. */
import { objectOf, textOf, without } from '../json-parts.js';
import { inList, segment, type KindDefinition } from '../kind.js';

const AUTO_FOLLOW = '/_ccr/auto_follow';

const pause = (name: string) => ({ method: 'POST', path: `${AUTO_FOLLOW}/${segment(name)}/pause` }) as const;

export const ccrAutoFollow: KindDefinition = {
  title: 'auto-follow pattern',
  listing: { request: { method: 'GET', path: AUTO_FOLLOW }, entries: (answer) => inList('patterns', 'name')(answer).map(({ name, raw }) => ({ name, raw: objectOf(raw['pattern']) })) },
  feature: 'ccr',
  normalise: ({ raw }) => without(raw, 'active'),
  needs: (definition) => [{ what: 'remote-cluster', name: textOf(definition['remote_cluster']) }],
  notes: ({ raw }) => [`left paused${raw['active'] === false ? '' : '; it is active at the source: POST /_ccr/auto_follow/<name>/resume when it is to follow here'}`],
  writes: (name, definition, { raw }, { isRestoring }) => [
    { method: 'PUT', path: `${AUTO_FOLLOW}/${segment(name)}`, body: definition },
    ...(isRestoring && raw['active'] === false ? [pause(name)] : []),
  ],
  completes: (name) => [pause(name)],
  removal: (name) => [{ method: 'DELETE', path: `${AUTO_FOLLOW}/${segment(name)}` }],
  replace: 'put',
  serverless: 'a serverless project has no cross-cluster replication',
};

/** What to do about a follower: it is never made here, since that begins to copy its leader at once. */
function followAgain(index: string, leader: string, remote: string, isPaused: boolean): string {
  return [
    `It follows ${leader} of the remote cluster ${remote}${isPaused ? ' (paused)' : ''}.`,
    'What Godwit copies of it is a plain index; a restored one no longer follows either, and takes writes after POST /<index>/_ccr/unfollow (paused and closed first).',
    `To follow at the target, with that remote cluster, a licence with replication and no index of that name: PUT /${index}/_ccr/follow with remote_cluster and leader_index. What an auto-follow pattern covers comes by the pattern.`,
  ].join(' ');
}

export const ccrFollower: KindDefinition = {
  title: 'follower index',
  listing: { request: { method: 'GET', path: '/_all/_ccr/info' }, entries: inList('follower_indices', 'follower_index') },
  issue: ({ name, raw }) => followAgain(name, textOf(raw['leader_index']), textOf(raw['remote_cluster']), raw['status'] === 'paused'),
  normalise: ({ raw }) => raw,
  writes: () => [],
  removal: () => [],
  replace: { never: 'an index is made a follower with PUT /<index>/_ccr/follow' },
  serverless: 'a serverless project has no cross-cluster replication: what is copied of it is a plain index',
};
