/** An app over fakes, with everything that a test may want to turn. */
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../../../src/api/app.js';
import type { ApiToken, AppDeps } from '../../../../src/api/deps.js';
import type { ConnectionCheck, ConnectionSummary } from '../../../../src/contracts/connections.js';
import type { Role } from '../../../../src/contracts/names.js';
import type { Report } from '../../../../src/contracts/report.js';
import { GodwitError } from '../../../../src/domain/errors.js';
import { memoryRuns, type MemoryRuns } from './memory-runs.js';
import { memoryStore, type MemoryStore } from './memory-store.js';

export interface TestApp {
  readonly app: FastifyInstance;
  readonly runs: MemoryRuns;
  readonly store: MemoryStore;
  /** Lines that were logged, as text. */
  readonly logged: string[];
}

/** Stands for a password that the redaction knows. */
export const SECRET = 'hunter2-hunter2';

export const BODY = { type: 'snapshot-restore', source: 'old', target: 'new', repository: { name: 'backup' } } as const;

const summary = (name: string, kind: ConnectionSummary['kind']): ConnectionSummary => ({
  name,
  kind,
  url: `https://${name}.example:9200`,
  hasKibana: false,
  hasLogstash: false,
});

const CHECK: ConnectionCheck = {
  name: 'old',
  kind: 'self-managed',
  ok: true,
  reachable: true,
  version: '8.19.8',
  clusterName: 'old',
  clusterUuid: 'u',
  user: 'elastic',
  missingPrivileges: [],
  problem: null,
  message: null,
  remedy: null,
  kibana: null,
};

export function token(role: Role, name: string = role): ApiToken {
  return { role, name, token: { reveal: () => `token-of-${name}` } };
}

export function bearer(name: string): { authorization: string } {
  return { authorization: `Bearer token-of-${name}` };
}

export async function testApp(over: Partial<Omit<AppDeps, 'settings'>> & { settings?: Partial<AppDeps['settings']> } = {}): Promise<TestApp> {
  const runs = memoryRuns();
  const store = memoryStore();
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const app = await buildApp({
    runs,
    store,
    log,
    redact: (text) => text.replaceAll(SECRET, '[redacted]'),
    connectionSummaries: () => [summary('old', 'self-managed'), summary('new', 'hosted'), summary('cloud', 'serverless')],
    checkConnection: async (name) => ({ ...CHECK, name }),
    requestFindings: async () => [],
    preflight: async () => ({ ok: true, findings: [], plan: null }),
    buildReport: async (id) => aReport(id),
    ...over,
    settings: { tokens: null, taskQueue: 'godwit', rateLimitPerMinute: 0, bodyLimitBytes: 100_000, ...over.settings },
  });
  await app.ready();
  return { app, runs, store, logged };
}

export function aReport(id: string, over: Partial<Report> = {}): Report {
  return {
    id,
    type: 'snapshot-restore',
    source: 'old',
    target: 'new',
    status: 'running',
    createdAt: '2026-03-01T10:00:00.000Z',
    endedAt: null,
    final: false,
    request: { ...BODY },
    clusters: { source: { name: 'old-cluster', uuid: 'u1', version: '8.19.8' }, target: null },
    failure: null,
    steps: [],
    verification: { mode: 'counts', status: 'pending', cutoff: null, compared: 0, equal: 0, withinCutoff: 0, mismatches: 0, skipped: 0 },
    totals: { indices: 0, documents: 0, bytes: 0 },
    indices: [],
    indicesTotal: 0,
    deadLetters: [],
    findings: [],
    attention: [],
    effects: [],
    audit: [],
    ...over,
  };
}

export function unreachable(): never {
  throw new GodwitError('ConnectionFailed', `the cluster cannot be reached with ${SECRET}`);
}
