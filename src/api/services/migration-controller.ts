/** Passes a control call to the workflow, after it has been written into the audit who asked for it. */
import type { Migration } from '../../contracts/migration.js';
import { GodwitError } from '../../domain/errors.js';
import type { UpdateInput, UpdateName } from '../../workflows/contract.js';
import type { AppDeps } from '../deps.js';
import type { Actor } from '../plugins/auth.js';
import type { MigrationReader } from './migration-reader.js';

export class MigrationController {
  readonly #deps: Pick<AppDeps, 'runs' | 'store'>;
  readonly #reader: MigrationReader;

  constructor(deps: Pick<AppDeps, 'runs' | 'store'>, reader: MigrationReader) {
    this.#deps = deps;
    this.#reader = reader;
  }

  /** @throws MigrationNotFound, AlreadyEnded, NotWaiting, WorkerAbsent, TemporalUnavailable, StoreUnavailable */
  async apply(id: string, action: UpdateName, body: Omit<UpdateInput, 'actor'>, actor: Actor): Promise<Migration> {
    await this.#mustBeOpen(id);
    const detail = Object.keys(body).length === 0 ? null : JSON.stringify(body);
    await this.#deps.store.audit.append(id, { at: new Date().toISOString(), actor: actor.name, role: actor.role, action, detail });
    return this.#reader.showAfter(await this.#deps.runs.update(id, action, { ...body, actor: actor.name }));
  }

  async #mustBeOpen(id: string): Promise<void> {
    const run = await this.#deps.runs.describe(id);
    if (run?.execution === 'open') return;
    if (run !== null || (await this.#deps.store.migrations.find(id)) !== null) {
      throw new GodwitError('AlreadyEnded', 'the migration has ended and takes no more orders');
    }
    throw new GodwitError('MigrationNotFound', `no migration has the id "${id}"`);
  }
}
