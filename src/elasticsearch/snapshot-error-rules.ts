/**
 * What the error types of repositories, snapshots and restores mean.
 *
 * @see Elasticsearch, server/.../snapshots/RestoreService.java and SnapshotsService.java for the texts, which have
 *   been stable from 7.17 to 9.4
 */
import type { Classification, Rule } from './error-rules.js';

const always = (classification: Classification): Rule => () => classification;

/** The first match decides; the group of the expression, if any, is the subject. */
function firstOf(variants: readonly (readonly [RegExp, Classification])[], otherwise: Classification): Rule {
  return (text) => {
    for (const [expression, classification] of variants) {
      const match = expression.exec(text);
      if (match !== null) return match[1] === undefined ? classification : { ...classification, subject: match[1] };
    }
    return otherwise;
  };
}

const OTHER_WRITER: Classification = { code: 'RepositoryHasOtherWriter' };

const repository = firstOf(
  [
    [/concurrent modification|has been modified by another cluster|contents of the repository do not match its expected state/i, OTHER_WRITER],
    [/readonly repository|repository is readonly/i, { code: 'RepositoryNotVerified', remedy: 'The repository is registered read-only there: register it writable at the source, or use another one.' }],
    [/repository type \[[^\]]+\] does not exist/i, { code: 'RepositoryNotVerified', remedy: 'Install the plugin for this type of repository on every node, or use another type.' }],
    [/doesn't match any of the locations specified by path\.repo|path\.repo/i, { code: 'RepositoryNotVerified', remedy: 'Add the location to path.repo of every node and restart them, or use a location below path.repo.' }],
    [/trying to modify or unregister repository that is currently used/i, { code: 'RepositoryNotVerified', retryable: true, remedy: 'Wait until the snapshots and restores that use the repository have ended.' }],
  ],
  { code: 'RepositoryNotVerified' },
);

const restore = firstOf(
  [
    [/cannot restore index \[([^\]]+)\] because an open index with same name already exists/i, { code: 'IndexAlreadyExists' }],
    [/cannot restore partial index \[([^\]]+)\] because such index already exists/i, { code: 'IndexAlreadyExists' }],
    [/cannot restore index \[([^\]]+)\] with \[\d+\] shards from a snapshot of index/i, { code: 'IndexAlreadyExists', remedy: 'The index at the target has another number of primary shards: delete it there, or rename.' }],
    [/data stream \[([^\]]+)\].* already exists/i, { code: 'IndexAlreadyExists' }],
    [/index \[([^\]]+)\] wasn't fully snapshotted/i, { code: 'SnapshotPartial' }],
    [/cannot restore index \[([^\]]+)\] because it cannot be upgraded/i, { code: 'IndexNotRestorable' }],
    [/which is higher than the version of this node|incompatible with the current version|was created with (?:Elasticsearch )?version/i, { code: 'IncompatibleVersion' }],
    [/requested feature states (.+?) are not present in snapshot/i, { code: 'FeatureStateMissing' }],
    [/snapshot does not exist/i, { code: 'SnapshotMissing' }],
    [/conflict with an alias|alias with the same name|because of conflict with/i, { code: 'AliasConflict' }],
    [/are renamed into the same (?:index|data stream)/i, { code: 'InvalidRename' }],
    [/without global state|does not contain (?:a )?global state/i, { code: 'RestoreRefused', remedy: 'The snapshot has no global state: start again with includeGlobalState: false.' }],
  ],
  { code: 'RestoreRefused' },
);

const taken: Classification = { code: 'SnapshotNotOurs' };

export const SNAPSHOT_RULES: Readonly<Record<string, Rule>> = {
  repository_missing_exception: always({ code: 'RepositoryMissing' }),
  repository_verification_exception: always({ code: 'RepositoryNotVerified' }),
  repository_exception: repository,
  // 8.x: the repository is in use by a running snapshot or restore.
  repository_conflict_exception: repository,
  snapshot_missing_exception: always({ code: 'SnapshotMissing' }),
  invalid_snapshot_name_exception: firstOf([[/already exists|already in use/i, taken]], { code: 'ElasticsearchRejected' }),
  // 8.15 and newer.
  snapshot_name_already_in_use_exception: always(taken),
  concurrent_snapshot_execution_exception: always({ code: 'Unavailable', remedy: 'Wait until the other operation on the repository has ended.' }),
  snapshot_in_progress_exception: always({ code: 'Unavailable', remedy: 'Wait until the running snapshot has ended.' }),
  snapshot_creation_exception: always({ code: 'SnapshotFailed' }),
  snapshot_exception: firstOf([[/snapshot does not exist/i, { code: 'SnapshotMissing' }]], { code: 'SnapshotFailed' }),
  aborted_snapshot_exception: always({ code: 'SnapshotFailed' }),
  snapshot_restore_exception: restore,
  index_shard_restore_failed_exception: always({ code: 'RestoreFailed' }),
};
