/**
 * The one table of error codes: is it worth retrying, which HTTP status, what should a person do.
 *
 * Codes are stable: they stand in histories, reports, alerts and documentation. `GodwitError` is what
 * the inner rooms throw; activities turn it into an ApplicationFailure and the API into a problem document.
 */

interface ErrorKind {
  /** Whether the same call may succeed later without anybody doing anything. */
  readonly retryable: boolean;
  readonly httpStatus: number;
  readonly title: string;
  /** Default advice to the operator; an error may carry a more precise one. */
  readonly remedy: string;
}

const kind = (retryable: boolean, httpStatus: number, title: string, remedy: string): ErrorKind => ({
  retryable,
  httpStatus,
  title,
  remedy,
});

export const ERROR_TABLE = {
  // The request
  ValidationFailed: kind(false, 400, 'The request is not valid', 'Correct the fields named in errors.'),
  UnknownConnection: kind(false, 400, 'No connection has that name', 'Use a name from GET /v1/connections, or add it to the connections file.'),
  SameCluster: kind(false, 400, 'Source and target are the same cluster', 'Name two different clusters.'),
  NoIndexMatched: kind(false, 422, 'No index matches', 'Correct indices; GET _resolve/index/* at the source lists what there is.'),
  InvalidRename: kind(false, 422, 'The rename gives names that cannot be used', 'Correct rename.pattern or rename.replacement.'),
  UnsupportedTarget: kind(false, 422, 'This kind of target cannot take this type of migration', 'Choose another type of migration for this target.'),
  IncompatibleVersion: kind(false, 422, 'The versions do not go together', 'Choose a target of the same or a newer version, at most one major ahead.'),

  // Reaching a cluster
  ConnectionFailed: kind(true, 503, 'The cluster cannot be reached', 'Check that the cluster runs and that its address and port are right.'),
  Timeout: kind(true, 504, 'The cluster did not answer in time', 'Check the load of the cluster.'),
  Unavailable: kind(true, 503, 'The cluster is overloaded or starting', 'Wait, or take load off the cluster.'),
  TlsUntrusted: kind(false, 502, 'The certificate of the cluster is not trusted', 'Put the CA that signed it into tls.ca of the connection, or its fingerprint into tls.fingerprint.'),
  TlsWrongName: kind(false, 502, 'The certificate is for another host name', 'Use an address that the certificate names, or have it issued for this one.'),
  TlsFailed: kind(false, 502, 'The TLS connection failed', 'Check that the address speaks HTTPS, and the tls settings of the connection.'),
  AuthenticationRejected: kind(false, 502, 'The credentials were rejected', 'Correct auth of the connection; the file is read again when it changes.'),
  PrivilegeMissing: kind(false, 502, 'A privilege is missing', 'Give the user or API key of the connection the privilege that is named.'),
  NotElasticsearch: kind(false, 502, 'That address is not Elasticsearch', 'Correct the URL of the connection.'),
  UnsupportedVersion: kind(false, 502, 'This version of Elasticsearch is not supported', 'Use Elasticsearch 7.17 or newer.'),
  ElasticsearchRejected: kind(false, 502, 'Elasticsearch refused the request', 'Read the reason that Elasticsearch gives.'),

  // Indices
  IndexAlreadyExists: kind(false, 409, 'The index exists at the target', 'Delete it at the target, exclude or rename it, or start again with onExisting: "replace".'),
  AliasConflict: kind(false, 409, 'An alias collides at the target', 'Remove the alias or index at the target, or start again with includeAliases: false.'),
  IndexNotFound: kind(false, 404, 'The index does not exist', 'Check whether it was deleted or renamed meanwhile.'),
  IndexNotRestorable: kind(false, 422, 'The index cannot be restored at this target', 'Exclude it, and move it with another type of migration.'),
  IndexUnhealthy: kind(true, 503, 'The index has shards that are not available', 'See GET _cluster/allocation/explain for the reason, mend it, then retry.'),
  TargetRestriction: kind(false, 422, 'The target does not allow this', 'Leave it out, or choose another target.'),
  DiskFull: kind(false, 507, 'The target has too little disk', 'Free or add disk at the target, then retry.'),
  ShardLimit: kind(false, 507, 'The target may not hold that many shards', 'Raise cluster.max_shards_per_node at the target or delete indices, then retry.'),

  // Snapshots
  RepositoryMissing: kind(false, 422, 'The snapshot repository does not exist', 'Give repository.type and repository.settings so that it can be registered, or register it at the source.'),
  RepositoryNotVerified: kind(false, 502, 'The snapshot repository cannot be used by the cluster', 'Check its settings, and that every node reaches it (path.repo, bucket, credentials in the keystore).'),
  RepositoryDiffers: kind(false, 409, 'A repository of that name has other settings', 'Use its settings, or another name.'),
  RepositoryNotShared: kind(false, 502, 'Source and target do not see the same repository', 'Let both registrations name the same place; repository.targetSettings gives the address as the target sees it.'),
  RepositoryHasOtherWriter: kind(false, 409, 'The repository has another writer', 'Register it read-only at every cluster but the source; two writers corrupt a repository.'),
  SnapshotMissing: kind(false, 404, 'The snapshot does not exist', 'Check repository.name and snapshot; GET _snapshot/<repository>/_all lists what there is.'),
  SnapshotFailed: kind(false, 502, 'The snapshot failed', 'See the reason of the failed shards, mend it, then retry; a new snapshot is made.'),
  SnapshotPartial: kind(false, 502, 'The snapshot lacks shards', 'Mend the shards and retry, or start again with partial: true to accept the loss.'),
  SnapshotNotOurs: kind(false, 409, 'A snapshot of that name exists and is not of this migration', 'Delete or rename it, then retry.'),
  RestoreRefused: kind(false, 502, 'Elasticsearch refused to restore', 'Read the reason, mend it at the target, then retry.'),
  RestoreFailed: kind(false, 502, 'Shards could not be restored', 'See GET _cluster/allocation/explain at the target, mend it, then retry; only what is missing is restored again.'),
  AllocationBlocked: kind(false, 502, 'No node of the target may take the shards', 'Let a node of the target match what the explanation names and retry: the incomplete index is deleted and restored again. Or start again without the setting: ignoreIndexSettings: ["index.routing.allocation.*"].'),
  FeatureStateMissing: kind(false, 422, 'The feature state is not available', 'Leave it out of featureStates; GET _features lists the names.'),
  CredentialLost: kind(false, 409, 'Godwit would lock itself out of the target', 'Let the target connection log in by a user of the file realm with built-in roles; or start again with ownCredential: "reissued" and put one that works into the connections file after the restore.'),

  // Remote reindex
  RemoteNotAllowed: kind(false, 502, 'The target may not read from that address', 'Add the address of the source to reindex.remote.whitelist of every node of the target and restart them, then retry.'),
  RemoteTlsUntrusted: kind(false, 502, 'The target does not trust the certificate of the source', 'Set reindex.ssl.certificate_authorities of every node of the target to the CA of the source and restart them, then retry.'),
  RemoteTlsWrongName: kind(false, 502, 'The certificate of the source is for another host name', 'Give remote.host with a name that the certificate has, then start again.'),
  RemoteTlsFailed: kind(false, 502, 'Target and source do not agree on TLS', 'Check that remote.host, or the address of the source connection, has the right scheme and port.'),
  RemoteCredentialsRejected: kind(false, 502, 'The source rejects the credentials that the target sends', 'Correct auth of the source connection; the file is read again when it changes. Then retry.'),
  RemoteUnreachable: kind(true, 503, 'The target does not reach the source', 'Open the way from the nodes of the target to the source, or give remote.host with the address at which the target sees it.'),
  RemoteFailed: kind(false, 502, 'The target cannot read from the source', 'Read the reason that Elasticsearch gives.'),
  IndexNotReadable: kind(false, 422, 'The documents of the index cannot be read', 'Exclude it, or mend it at the source and retry.'),
  DocumentsRejected: kind(false, 409, 'The target rejected documents', 'Mend the mapping or pipeline at the target and retry: only what is missing is moved. Or skip to accept their loss by name in the report.'),
  BatchTooLarge: kind(false, 507, 'A batch does not fit into the memory of the target', 'Leave the documents out by query, or move them by other means; then retry or skip.'),
  CopyThreadLost: kind(true, 503, 'A thread of the worker ended while it copied', 'Nothing; the slices that it copied are copied again. If it happens again, see the log of the worker and give it more memory.'),
  TransformModuleMissing: kind(false, 422, 'The module of the transform is not there', 'Put the file into the folder that GODWIT_TRANSFORMS names, at every worker, then retry.'),
  TransformModuleChanged: kind(false, 409, 'The module of the transform is not the one that the migration began with', 'Put the former file back and retry; or retry with transform, to go on with the file as it is now.'),
  TransformModuleFailed: kind(false, 422, 'The module of the transform cannot be used', 'Mend the file and retry with transform, so that it is read again; or skip.'),
  SliceIncomplete: kind(false, 502, 'The slice did not copy what the source has', 'Retry; documents that have arrived are not written again.'),

  // Components
  ComponentExists: kind(false, 409, 'A component of that name exists at the target and differs', 'Skip it, or start again with onExisting or onExistingByKind: "replace" to overwrite it, "merge" to keep it.'),
  ComponentUnavailable: kind(false, 422, 'The component cannot be written as things are', 'Do what the message says and retry; or skip it.'),

  // Tasks and verification
  TaskLost: kind(false, 502, 'The task vanished with its node', 'Retry; it is started again.'),
  VerificationMismatch: kind(false, 409, 'Source and target differ', 'Retry to compare again; skip to accept the difference by name in the report.'),

  // Kibana
  NotKibana: kind(false, 502, 'That address is not Kibana', 'Correct kibana.url of the connection.'),
  KibanaRejected: kind(false, 502, 'Kibana refused the request', 'Read the reason that Kibana gives.'),
  ObjectConflict: kind(false, 409, 'The target has another version of the saved object', 'Mend or delete it at the target and retry, skip to leave it as it is there, or start again with onConflict: "skip", "overwrite" or "copy".'),
  ObjectRejected: kind(false, 502, 'Kibana refused a saved object', 'Read the reason, mend it at the source or the target and retry; or skip it by name.'),
  ObjectTooLarge: kind(false, 413, 'A saved object is larger than Kibana takes', 'Raise savedObjects.maxImportPayloadBytes at the target and retry, or skip it.'),
  ObjectUnsupported: kind(false, 422, 'The target does not know this type of saved object', 'Install the plugin or solution that brings the type and retry; or skip it by name.'),
  ReferenceMissing: kind(false, 409, 'A saved object refers to something that is not at the target', 'Bring what is missing to the target and retry; skip to leave the object out; or start again with missingReferences: "ignore".'),
  ExportLimit: kind(false, 422, 'There are more saved objects of a type than can be listed', 'Raise savedObjects.maxImportExportSize of the source, or name fewer types or spaces.'),

  // The API
  Unauthorized: kind(false, 401, 'A valid token is needed', 'Send Authorization: Bearer <token>.'),
  Forbidden: kind(false, 403, 'The role does not allow this', 'Use a token with a higher role.'),
  MigrationNotFound: kind(false, 404, 'No migration has that id', 'GET /v1/migrations lists them.'),
  NotFound: kind(false, 404, 'There is nothing here', 'See /docs for what there is.'),
  MethodNotAllowed: kind(false, 405, 'That method is not available here', 'See /docs for what there is.'),
  NotWaiting: kind(false, 409, 'The migration is not waiting for that', 'See status, attention and gates of the migration.'),
  AlreadyEnded: kind(false, 409, 'The migration has ended', 'Start a new one.'),
  IdempotencyConflict: kind(false, 409, 'That Idempotency-Key was used with another request', 'Use a new key for a new request.'),
  WorkerAbsent: kind(true, 503, 'No worker answers', 'Start a worker (godwit worker) on the same task queue; the migration goes on by itself.'),
  TemporalUnavailable: kind(true, 503, 'Temporal cannot be reached', 'Check TEMPORAL_ADDRESS and that the Temporal server runs.'),
  StoreUnavailable: kind(true, 503, 'The store cannot be reached', 'Check GODWIT_DATABASE_URL and that PostgreSQL runs.'),
  PayloadTooLarge: kind(false, 413, 'The body is too large', 'Send a smaller body.'),
  UnsupportedMediaType: kind(false, 415, 'The media type is not supported', 'Send application/json.'),
  RateLimited: kind(true, 429, 'Too many requests', 'Wait as Retry-After says.'),
  Canceled: kind(false, 409, 'The migration was canceled', 'Start a new one.'),
  Internal: kind(true, 500, 'Something went wrong inside Godwit', 'See the log with this request id, and report it.'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface GodwitErrorOptions {
  /** What it is about: an index, a repository, a connection, a field of the request. */
  readonly subject?: string;
  /** More precise advice than the table's. */
  readonly remedy?: string;
  /** Overrules the table, e.g. a refusal that is known to pass. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** An error with a code of the table; its message says what happened to which object, and holds no secret. */
export class GodwitError extends Error {
  readonly code: ErrorCode;
  readonly subject: string | undefined;
  readonly remedy: string;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: GodwitErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GodwitError';
    this.code = code;
    this.subject = options.subject;
    this.remedy = options.remedy ?? ERROR_TABLE[code].remedy;
    this.retryable = options.retryable ?? ERROR_TABLE[code].retryable;
  }
}

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, value);
}

/** Longest error text that goes into a history, a log line or an answer (lessons: huge texts broke other tools). */
export const MAX_MESSAGE_CHARS = 1_000;

/** Cuts a foreign error text to a length that can be kept. */
export function boundedMessage(text: string, maxChars: number = MAX_MESSAGE_CHARS): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
}
