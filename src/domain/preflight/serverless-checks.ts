/** Judges what a serverless project takes part in, as the source or the target of a migration that moves slices. Pure. */
import type { Finding } from '../../contracts/preflight.js';
import type { SlicedRequest } from '../../contracts/requests.js';
import { finding, note, warning } from '../findings.js';
import type { ClusterFacts } from './facts.js';

type Asked = Pick<SlicedRequest, 'type' | 'catchUp'>;

export function isServerless({ flavor }: Pick<ClusterFacts, 'flavor'>): boolean {
  return flavor === 'serverless';
}

/** What rules the request out, and what is different there. */
export function checkServerless(request: Asked, source: ClusterFacts, target: ClusterFacts): Finding[] {
  return [
    ...checkKinds(source, target),
    ...(isServerless(source) ? ofSource(request, source, target) : []),
    ...(isServerless(target) ? ofTarget(request, source, target) : []),
  ];
}

/** What is asked of a cluster goes by the kind of its connection. */
export function checkKinds(source: ClusterFacts, target: ClusterFacts): Finding[] {
  return [...checkKind(source, 'source'), ...checkKind(target, 'target')];
}

function checkKind(cluster: ClusterFacts, side: 'source' | 'target'): Finding[] {
  if (isServerless(cluster) === (cluster.kind === 'serverless')) return [];
  const [what, kind] = isServerless(cluster) ? ['a serverless project', 'serverless'] : ['none', 'self-managed, hosted, ece or eck'];
  return [finding('error', 'ValidationFailed', side, `the connection ${cluster.connection} says ${cluster.kind}, but the cluster is ${what}`, `Set kind of the connection to ${kind}.`)];
}

function ofSource({ type, catchUp }: Asked, source: ClusterFacts, target: ClusterFacts): Finding[] {
  const findings: Finding[] = [];
  if (catchUp !== undefined) {
    findings.push(
      finding('error', 'ValidationFailed', 'catchUp', `${source.connection} is serverless, which does not tell what was written to an index since, so nothing can be caught up with`, 'Start without catchUp, and let nothing write to the source meanwhile.'),
    );
  }
  findings.push(
    warning('ServerlessSource', 'source', `${source.connection} is serverless: it does not tell what is written to it meanwhile, so a difference that comes from that looks like a loss`, 'Let nothing write to what is moved until the migration has ended.'),
  );
  if (!isServerless(target)) {
    findings.push(
      warning('IncompatibleVersion', 'target', `${source.connection} is serverless, which is newer than any release: mappings and settings may be unknown to the target${type === 'reindex' ? ', and its _reindex is not made to read from a newer version' : ''}`, 'If an index is refused, make it at the target by hand and use onExisting: "merge".'),
    );
  }
  return findings;
}

function ofTarget({ type }: Asked, source: ClusterFacts, target: ClusterFacts): Finding[] {
  if (type === 'reindex' && source.kind !== 'hosted' && source.kind !== 'serverless') {
    return [
      finding(
        'error',
        'UnsupportedTarget',
        'target',
        `${target.connection} is serverless, whose _reindex reads from deployments and projects of Elastic Cloud only, and ${source.connection} is ${source.kind}`,
        'Use type "copy": Godwit then reads the documents and writes them itself. If the source is a deployment of Elastic Cloud Hosted, set kind of its connection to hosted.',
      ),
    ];
  }
  return [
    note('ServerlessTarget', 'target', `${target.connection} is serverless: it chooses shards, replicas and disk itself, and shows no load of nodes; Godwit goes slower only where it answers 429`),
  ];
}
