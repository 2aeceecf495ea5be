/** What every activity is given: clusters by connection name, the store, a log that redacts. Never a credential. */
import type { Logger } from 'pino';
import type { Clusters } from '../elasticsearch/cluster.js';
import type { Kibanas } from '../kibana/kibana.js';
import type { Store } from '../store/store.js';
import type { SliceCopier } from '../transfer/slice-copier.js';
import type { Governors } from './governors.js';
import type { TransformModules } from './transforms.js';

export interface ActivityDeps {
  readonly clusters: Clusters;
  readonly kibanas: Kibanas;
  readonly store: Store;
  readonly log: Logger;
  readonly governors: Governors;
  readonly copier: SliceCopier;
  readonly transforms: TransformModules;
}
