/** Asks a cluster whether it would take an index, without making anything: the body is simulated as that of a template. */
import { errors } from '@elastic/elasticsearch';
import type { IndexBody } from '../domain/reindex/mend.js';
import type { Cluster } from './cluster.js';
import { sendMended } from './prepare-index.js';

export type DryRun =
  | { readonly kind: 'taken'; readonly changes: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The cluster cannot be asked: no privilege for it, or no such API. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** No index has that name, and no other template that pattern, so that nothing else comes into it. */
const PATTERN = 'godwit-dry-run-*';

/**
 * Mappings, analysis and settings are judged as at the creation of an index, but for what depends on other things there:
 * pipelines, policies, the room for shards.
 * @throws the codes of a cluster that cannot be reached
 */
export async function dryRun(cluster: Cluster, body: IndexBody, signal: AbortSignal): Promise<DryRun> {
  try {
    const changes = await sendMended(body, ({ mappings, settings }) =>
      cluster.client.transport.request({ method: 'POST', path: '/_index_template/_simulate', body: { index_patterns: [PATTERN], priority: 1_000_000, template: { settings, mappings } } }, { signal }),
    );
    return { kind: 'taken', changes };
  } catch (error) {
    const failure = cluster.translate(error, { action: 'try mappings and settings' });
    if (!(error instanceof errors.ResponseError) || failure.retryable) throw failure;
    const isJudgement = error.statusCode === 400 && !/no handler found/i.test(failure.message);
    return { kind: isJudgement ? 'refused' : 'unknown', reason: failure.message };
  }
}
