/**
 * What the API is given by whoever composes the process: settings, clients and functions of the other rooms.
 *
 * It builds none of them and closes none of them. Tests give fakes, so everything here is small.
 */
import type { Client } from '@temporalio/client';
import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import type { ConnectionCheck, ConnectionSummary } from '../contracts/connections.js';
import type { Migration } from '../contracts/migration.js';
import type { Role } from '../contracts/names.js';
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import type { Report } from '../contracts/report.js';
import type { MigrationRequest } from '../contracts/requests.js';
import type { Store } from '../store/store.js';
import type { MigrationRuns } from './services/runs.js';

export interface ApiToken {
  readonly role: Role;
  /** Stands in the audit instead of the token. */
  readonly name: string;
  readonly token: { reveal(): string };
}

export interface ApiSettings {
  /** null: everybody is admin; the settings see to it that only loopback is bound then. */
  readonly tokens: readonly ApiToken[] | null;
  /** Temporal task queue that the workers poll. */
  readonly taskQueue: string;
  /** Requests a minute and caller; 0 switches the limit off. */
  readonly rateLimitPerMinute: number;
  readonly bodyLimitBytes: number;
}

/** Everything but the way to Temporal. */
interface CommonDeps {
  readonly settings: ApiSettings;
  readonly store: Store;
  readonly log: Logger;
  /** Removes every known secret from a text that goes out. */
  readonly redact: (text: string) => string;
  /** The connections file as it is now. */
  readonly connectionSummaries: () => readonly ConnectionSummary[];
  /** Asks the cluster; never throws for what it finds out. @throws UnknownConnection */
  readonly checkConnection: (name: string) => Promise<ConnectionCheck>;
  /** What makes this request impossible whatever anybody mends; nothing if a cluster cannot be asked. */
  readonly requestFindings: (request: MigrationRequest) => Promise<readonly Finding[]>;
  /** The whole preflight, read only. */
  readonly preflight: (request: MigrationRequest) => Promise<PreflightResult>;
  /** The report of a migration that still runs. */
  readonly buildReport: (id: string, migration: Migration) => Promise<Report>;
  /** Prometheus text of workers in this process (`godwit dev`), to be served with the API's own. */
  readonly workerMetrics?: () => Promise<string>;
  /** The dashboard: a plugin that serves `/`, its routes marked `config: { role: 'open' }`. */
  readonly web?: FastifyPluginAsync;
}

export interface ApiDeps extends CommonDeps {
  readonly temporal: { readonly client: Client };
}

/** The same with Temporal behind the few calls that the API makes, which is what tests replace. */
export interface AppDeps extends CommonDeps {
  readonly runs: MigrationRuns;
}
