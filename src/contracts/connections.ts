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

export const ConnectionCheckSchema = z.object({
  name: z.string(),
  kind: ClusterKindSchema,
  ok: z.boolean(),
  reachable: z.boolean(),
  version: z.string().nullable(),
  clusterName: z.string().nullable(),
  clusterUuid: z.string().nullable(),
  user: z.string().nullable().describe('Who Godwit is there; null without security'),
  missingPrivileges: z.array(z.string()),
  problem: ConnectionProblemSchema.nullable(),
  message: z.string().nullable(),
  remedy: z.string().nullable(),
});
export type ConnectionCheck = z.infer<typeof ConnectionCheckSchema>;
