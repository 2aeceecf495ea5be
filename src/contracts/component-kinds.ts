/**
 * Kinds of components: what a cluster holds beside documents, in the order in which they depend on each other.
 *
 * The order is that of writing: what a kind names (a policy, a script, a role) comes before it.
 */
import { z } from 'zod';

export const COMPONENT_KINDS = [
  'licence',
  'cluster-setting',
  'remote-cluster',
  'script',
  'synonyms',
  'trained-model',
  'trained-model-alias',
  'trained-model-deployment',
  'inference-endpoint',
  'slm-policy',
  'ilm-policy',
  'component-template',
  'index-template',
  'legacy-template',
  'data-stream-lifecycle',
  'data-stream-options',
  'data-stream-settings',
  'data-stream-mappings',
  'enrich-policy',
  'geoip-database',
  'ingest-pipeline',
  'transform',
  'watch',
  'ccr-auto-follow',
  'ccr-follower',
  'application-privilege',
  'role',
  'role-mapping',
  'user',
  'api-key',
  'service-token',
  'ml-filter',
  'ml-job',
  'ml-datafeed',
  'ml-calendar',
  'ml-analytics',
  'query-ruleset',
  'search-application',
  'connector',
  'logstash-pipeline',
] as const;
export const ComponentKindSchema = z.enum(COMPONENT_KINDS);
export type ComponentKind = z.infer<typeof ComponentKindSchema>;
