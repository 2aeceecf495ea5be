/**
 * The rules by which an error type of Elasticsearch becomes a code of Godwit.
 *
 * On the type first; the text decides only between variants of one type (Elasticsearch has a single type for all
 * refusals to restore). Rules about snapshots are in `snapshot-error-rules.ts`.
 */
import type { ErrorCode } from '../domain/errors.js';
import { SNAPSHOT_RULES } from './snapshot-error-rules.js';

export interface Classification {
  readonly code: ErrorCode;
  readonly remedy?: string;
  /** Overrules the table. */
  readonly retryable?: boolean;
  /** What it is about, if the text says so. */
  readonly subject?: string;
}

/** @param text all reasons of the answer, joined */
export type Rule = (text: string) => Classification | undefined;

const always = (classification: Classification): Rule => () => classification;
const unavailable = always({ code: 'Unavailable' });
const timeout = always({ code: 'Timeout' });
const unhealthy = always({ code: 'IndexUnhealthy' });

const SHARD_LIMIT = /this action would add \[\d+\].*shards|maximum normal shards open|maximum shards open/i;

/** Refusals that come as a plain argument error. */
const illegalArgument: Rule = (text) => {
  if (SHARD_LIMIT.test(text)) return { code: 'ShardLimit' };
  if (/not available (?:when running )?in serverless/i.test(text)) return { code: 'TargetRestriction' };
  if (/requested system indices/i.test(text)) {
    return { code: 'RestoreRefused', remedy: 'System indices move only as a feature state: name it in featureStates instead.' };
  }
  if (/Operator privileges are required/i.test(text)) return { code: 'TargetRestriction' };
  return undefined;
};

const FLOOD_REMEDY =
  'Free or add disk at the target. Elasticsearch lifts the block by itself below the high watermark; if not, set index.blocks.read_only_allow_delete of the index to null. Then retry.';

const clusterBlock: Rule = (text) => {
  // FORBIDDEN/12 and TOO_MANY_REQUESTS/12 are the flood stage, set and lifted by Elasticsearch itself.
  if (/flood.stage|read-only-allow-delete|\/12\//i.test(text)) return { code: 'DiskFull', remedy: FLOOD_REMEDY };
  if (/state not recovered|no master|SERVICE_UNAVAILABLE/i.test(text)) return { code: 'Unavailable' };
  return { code: 'ElasticsearchRejected', remedy: 'Remove the block that is named (index.blocks.* or cluster.blocks.*), then retry.' };
};

/** `this action is granted by the cluster privileges [manage,all]` */
const PRIVILEGES = /granted by the (cluster|index) privileges \[([^\]]+)\]/;
const ACTION = /action \[([^\]]+)\] is unauthorized/;

const security: Rule = (text) => {
  if (/license is non-compliant|licen[cs]e/i.test(text)) return { code: 'TargetRestriction', remedy: 'Use a licence that has this feature.' };
  if (!/unauthorized|is not allowed|not authorized|forbidden/i.test(text)) return undefined;
  if (/Operator privileges are required/i.test(text)) return { code: 'TargetRestriction' };
  const [, scope, names] = PRIVILEGES.exec(text) ?? [];
  const action = ACTION.exec(text)?.[1];
  if (scope !== undefined && names !== undefined) {
    return { code: 'PrivilegeMissing', remedy: `Give the user or API key of the connection one of the ${scope} privileges ${names.split(',').join(', ')}.` };
  }
  return action === undefined ? undefined : { code: 'PrivilegeMissing', remedy: `Give the user or API key of the connection a privilege that grants ${action}.` };
};

const RULES: Readonly<Record<string, Rule>> = {
  ...SNAPSHOT_RULES,
  illegal_argument_exception: illegalArgument,
  validation_exception: illegalArgument,
  action_request_validation_exception: illegalArgument,
  index_not_found_exception: always({ code: 'IndexNotFound' }),
  resource_already_exists_exception: (text) => ({ code: /alias/i.test(text) ? 'AliasConflict' : 'IndexAlreadyExists' }),
  invalid_alias_name_exception: always({ code: 'AliasConflict' }),
  resource_not_found_exception: (text) =>
    /task \[|node \[.*belonging to task/i.test(text) ? { code: 'TaskLost' } : { code: 'ElasticsearchRejected' },
  cluster_block_exception: clusterBlock,
  security_exception: security,
  api_not_available_exception: always({ code: 'TargetRestriction' }),
  no_shard_available_action_exception: unhealthy,
  unavailable_shards_exception: unhealthy,
  illegal_index_shard_state_exception: unhealthy,
  shard_not_found_exception: unhealthy,
  circuit_breaking_exception: unavailable,
  es_rejected_execution_exception: unavailable,
  process_cluster_event_timeout_exception: unavailable,
  failed_to_commit_cluster_state_exception: unavailable,
  master_not_discovered_exception: unavailable,
  not_master_exception: unavailable,
  node_not_connected_exception: unavailable,
  node_disconnected_exception: unavailable,
  node_closed_exception: unavailable,
  connect_transport_exception: unavailable,
  receive_timeout_transport_exception: timeout,
  timeout_exception: timeout,
  elasticsearch_timeout_exception: timeout,
  i_o_exception: (text) => (/no space left on device/i.test(text) ? { code: 'DiskFull' } : undefined),
};

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'AuthenticationRejected',
  403: 'PrivilegeMissing',
  408: 'Timeout',
  410: 'TargetRestriction',
  429: 'Unavailable',
  502: 'Unavailable',
  503: 'Unavailable',
  504: 'Timeout',
};

/**
 * Classifies an error answer: the first type from the outside in that has a rule, else the status.
 *
 * @param types error types from the outermost to the deepest
 * @param status HTTP status
 */
export function classify(types: readonly string[], text: string, status: number): Classification {
  // 401 also comes as security_exception, whose text differs between realms.
  if (status === 401) return { code: 'AuthenticationRejected' };
  for (const type of types) {
    const found = Object.hasOwn(RULES, type) ? RULES[type]?.(text) : undefined;
    if (found !== undefined) return found;
  }
  return { code: BY_STATUS[status] ?? 'ElasticsearchRejected' };
}

/**
 * What keeps a target from taking any document at all (blocks, shards that are away, privileges), by the type that a
 * single document was refused with.
 *
 * @returns undefined for what is the matter of the document: its fields, the pipeline that it went through
 */
export function classifyRefusal(type: string, text: string): Classification | undefined {
  const found = Object.hasOwn(RULES, type) ? RULES[type]?.(text) : undefined;
  return found?.code === 'ElasticsearchRejected' && found.remedy === undefined ? undefined : found;
}
