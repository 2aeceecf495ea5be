/** The services behind the routes, built once an app. */
import type { AppDeps } from '../deps.js';
import { MigrationController } from './migration-controller.js';
import { MigrationReader } from './migration-reader.js';
import { MigrationStarter } from './migration-starter.js';
import { MigrationWatch } from './migration-watch.js';

export interface Services {
  readonly reader: MigrationReader;
  readonly starter: MigrationStarter;
  readonly controller: MigrationController;
  readonly watch: MigrationWatch;
}

export function createServices(deps: AppDeps): Services {
  const reader = new MigrationReader(deps);
  return {
    reader,
    starter: new MigrationStarter(deps, reader),
    controller: new MigrationController(deps, reader),
    watch: new MigrationWatch((id) => reader.show(id), deps.log),
  };
}
