/** How connections are shown: never with a secret. */
import { z } from 'zod';
import { ClusterKindSchema } from './names.js';

export const CONNECTION_PROBLEMS = [
  'no-route',
  'wrong-port',
  'tls-untrusted',
  'tls-wrong-name',
  'tls-failed',
  'bad-credentials',
  'missing-privilege',
  'not-elasticsearch',
  'not-kibana',
  'unsupported-version',
  'wrong-kind',
  'timeout',
  'unavailable',
] as const;
export const ConnectionProblemSchema = z.enum(CONNECTION_PROBLEMS);
export type ConnectionProblem = z.infer<typeof ConnectionProblemSchema>;

export const ConnectionSummarySchema = z.object({
  name: z.string(),
  kind: ClusterKindSchema,
  url: z.string().describe('Address, without user and password'),
  hasKibana: z.boolean(),
  hasLogstash: z.boolean(),
});
export type ConnectionSummary = z.infer<typeof ConnectionSummarySchema>;

const KibanaCheckSchema = z.object({
  ok: z.boolean(),
  reachable: z.boolean(),
  url: z.string().describe('Address, without user and password'),
  version: z.string().nullable(),
  spaces: z.number().int().nullable().describe('How many spaces Godwit may see there; null if it could not ask'),
  problem: ConnectionProblemSchema.nullable(),
  message: z.string().nullable(),
  remedy: z.string().nullable(),
});
export type KibanaCheck = z.infer<typeof KibanaCheckSchema>;

export const ConnectionCheckSchema = z.object({
  name: z.string(),
  kind: ClusterKindSchema,
  ok: z.boolean().describe('Whether Elasticsearch can be used; of a Kibana `kibana.ok` tells'),
  reachable: z.boolean(),
  version: z.string().nullable(),
  clusterName: z.string().nullable(),
  clusterUuid: z.string().nullable(),
  user: z.string().nullable().describe('Who Godwit is there; null without security'),
  missingPrivileges: z.array(z.string()),
  problem: ConnectionProblemSchema.nullable(),
  message: z.string().nullable(),
  remedy: z.string().nullable(),
  kibana: KibanaCheckSchema.nullable().describe('The Kibana of the connection; null if it names none'),
});
export type ConnectionCheck = z.infer<typeof ConnectionCheckSchema>;
