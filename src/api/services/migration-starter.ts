/**
 * Starts migrations, once an Idempotency-Key: the same key and request give the same migration for ever, the same key
 * with another request is a conflict.
 */
import type { Migration } from '../../contracts/migration.js';
import type { MigrationRequest } from '../../contracts/requests.js';
import { GodwitError } from '../../domain/errors.js';
import type { MigrationRecord } from '../../store/store.js';
import type { Actor } from '../plugins/auth.js';
import type { AppDeps } from '../deps.js';
import { migrationIdForKey, newMigrationId } from './migration-id.js';
import type { MigrationReader } from './migration-reader.js';
import { acceptedState, toMigration } from './migration-view.js';
import { checkConnections, checkFeasible } from './request-checks.js';
import { requestHash } from './request-hash.js';

export class MigrationStarter {
  readonly #deps: AppDeps;
  readonly #reader: MigrationReader;

  constructor(deps: AppDeps, reader: MigrationReader) {
    this.#deps = deps;
    this.#reader = reader;
  }

  /**
   * @param key the Idempotency-Key, if one was sent
   * @throws ValidationFailed, UnknownConnection, SameCluster, a code of the findings, IdempotencyConflict,
   * TemporalUnavailable, StoreUnavailable
   */
  async start(request: MigrationRequest, key: string | null, actor: Actor): Promise<Migration> {
    const hash = requestHash(request);
    const id = key === null ? newMigrationId(Date.now()) : migrationIdForKey(key);
    if (key !== null && (await this.#isStarted(id, hash))) return this.#reader.show(id);

    checkConnections(this.#deps, request);
    await checkFeasible(this.#deps, request);
    const createdAt = new Date().toISOString();
    await this.#record(id, request, hash, createdAt, actor);
    const isNew = await this.#deps.runs.start({ id, request, requestedBy: actor.name, createdAt }, hash);
    if (isNew) return toMigration(acceptedState(id, request, createdAt));
    // Another request with the same key was faster.
    if (!(await this.#isStarted(id, hash))) throw new GodwitError('TemporalUnavailable', 'Temporal refused the id but does not know it');
    return this.#reader.show(id);
  }

  /** @returns whether that request was started before. @throws IdempotencyConflict if the id belongs to another request */
  async #isStarted(id: string, hash: string): Promise<boolean> {
    const record = await this.#deps.store.migrations.find(id);
    if (record?.requestHash) mustMatch(record.requestHash, hash);
    const run = await this.#deps.runs.describe(id);
    if (run?.requestHash) mustMatch(run.requestHash, hash);
    // A record without state whose workflow nobody knows: Temporal was down when it was to be started. Start it now.
    return run !== null || (record !== null && record.state !== null);
  }

  /** The record and the audit come first: what nobody recorded is not started. */
  async #record(id: string, request: MigrationRequest, hash: string, createdAt: string, actor: Actor): Promise<void> {
    const { type, source, target } = request;
    const record: MigrationRecord = { id, type, source, target, status: 'running', createdAt, endedAt: null, requestHash: hash, state: null };
    await this.#deps.runs.ping();
    await this.#deps.store.migrations.save(record);
    await this.#deps.store.audit.append(id, { at: createdAt, actor: actor.name, role: actor.role, action: 'start', detail: `${type} from ${source} to ${target}` });
  }
}

function mustMatch(known: string, asked: string): void {
  if (known !== asked) throw new GodwitError('IdempotencyConflict', 'that Idempotency-Key was used with another request');
}
