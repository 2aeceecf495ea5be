/** All kinds of components by name. */
import { COMPONENT_KINDS, type ComponentKind } from '../../contracts/component-kinds.js';
import type { JsonObject } from '../json.js';
import type { KindDefinition } from './kind.js';
import { clusterSetting, geoipDatabase, licence, remoteCluster } from './kinds/cluster.js';
import { dataStreamMappings, dataStreamOptions, dataStreamSettings } from './kinds/data-streams.js';
import { enrichPolicy, ingestPipeline, logstashPipeline, script, synonyms } from './kinds/ingest.js';
import { transform, watch } from './kinds/jobs.js';
import { dataStreamLifecycle, ilmPolicy, slmPolicy } from './kinds/lifecycles.js';
import { inferenceEndpoint, mlAnalytics, mlCalendar, mlDatafeed, mlFilter, mlJob } from './kinds/machine-learning.js';
import { ccrAutoFollow, ccrFollower } from './kinds/replication.js';
import { connector, queryRuleset, searchApplication } from './kinds/search.js';
import { apiKey, applicationPrivilege, role, roleMapping, serviceToken, user } from './kinds/security.js';
import { componentTemplate, indexTemplate, legacyTemplate } from './kinds/templates.js';
import { trainedModel, trainedModelAlias, trainedModelDeployment } from './kinds/trained-models.js';

export const KINDS: Readonly<Record<ComponentKind, KindDefinition>> = {
  licence,
  'cluster-setting': clusterSetting,
  'remote-cluster': remoteCluster,
  script,
  synonyms,
  'trained-model': trainedModel,
  'trained-model-alias': trainedModelAlias,
  'trained-model-deployment': trainedModelDeployment,
  'inference-endpoint': inferenceEndpoint,
  'slm-policy': slmPolicy,
  'ilm-policy': ilmPolicy,
  'component-template': componentTemplate,
  'index-template': indexTemplate,
  'legacy-template': legacyTemplate,
  'data-stream-lifecycle': dataStreamLifecycle,
  'data-stream-options': dataStreamOptions,
  'data-stream-settings': dataStreamSettings,
  'data-stream-mappings': dataStreamMappings,
  'enrich-policy': enrichPolicy,
  'geoip-database': geoipDatabase,
  'ingest-pipeline': ingestPipeline,
  transform,
  watch,
  'ccr-auto-follow': ccrAutoFollow,
  'ccr-follower': ccrFollower,
  'application-privilege': applicationPrivilege,
  role,
  'role-mapping': roleMapping,
  user,
  'api-key': apiKey,
  'service-token': serviceToken,
  'ml-filter': mlFilter,
  'ml-job': mlJob,
  'ml-datafeed': mlDatafeed,
  'ml-calendar': mlCalendar,
  'ml-analytics': mlAnalytics,
  'query-ruleset': queryRuleset,
  'search-application': searchApplication,
  connector,
  'logstash-pipeline': logstashPipeline,
};

const ORDER = new Map<string, number>(COMPONENT_KINDS.map((kind, at) => [kind, at]));

export interface ComponentKey {
  readonly kind: ComponentKind;
  readonly name: string;
}

/** How a component is called everywhere: in the ledger, in findings, in attention. `#` is written as `%23`, since it would name a slice. */
export const componentId = ({ kind, name }: ComponentKey): string => `${kind}/${name.replaceAll('%', '%25').replaceAll('#', '%23')}`;

/** Stands for a secret that Elasticsearch does not give. */
const REDACTED = '::es_redacted::';

/** Why a component of the target that is overwritten is not kept, or null: it may hold secrets, or lacks those that it had. */
export function withheldBecause(kind: ComponentKind, raw: JsonObject): string | null {
  if (KINDS[kind].isSecretive === true) return 'it may hold secrets';
  return JSON.stringify(raw).includes(REDACTED) ? 'it has a secret that Elasticsearch does not give' : null;
}

export function isComponentKind(text: string): text is ComponentKind {
  return ORDER.has(text);
}

/** @returns null if it is no id of a component */
export function parseComponentId(id: string): ComponentKey | null {
  const at = id.indexOf('/');
  const kind = id.slice(0, at);
  return at > 0 && isComponentKind(kind) ? { kind, name: id.slice(at + 1).replaceAll('%23', '#').replaceAll('%25', '%') } : null;
}

/** Negative where `a` is to be written before `b`. */
export function compareComponentIds(a: string, b: string): number {
  const [left, right] = [parseComponentId(a), parseComponentId(b)];
  const byKind = (ORDER.get(left?.kind ?? '') ?? -1) - (ORDER.get(right?.kind ?? '') ?? -1);
  if (byKind !== 0) return byKind;
  return a < b ? -1 : a > b ? 1 : 0;
}
