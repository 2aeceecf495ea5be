/** Preflight as the API asks for it: the same two questions for every type of migration. Read-only. */
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import type { MigrationRequest } from '../contracts/requests.js';
import type { Clusters } from '../elasticsearch/cluster.js';
import { findingsOfComponents, preflightComponentsRequest } from './components-preflight.js';
import { findingsOfSystemIndices, preflightSystemIndices } from './feature-state-preflight.js';
import type { Kibanas } from '../kibana/kibana.js';
import type { TransformModules } from './transforms.js';
import { findingsOfSnapshotRestore, preflightSnapshotRestore } from './preflight.js';
import { findingsOfSliced, preflightSlicedRequest } from './reindex-preflight.js';
import { findingsOfVerify, preflightVerifyRequest } from './verify-preflight.js';
import { findingsOfSavedObjects, preflightSavedObjectsRequest } from './saved-objects-preflight.js';

export interface Reach {
  readonly clusters: Clusters;
  readonly kibanas: Kibanas;
  readonly transforms: TransformModules;
}

/** For `POST /v1/migrations/preflight`. @throws the codes of unreachable clusters and missing privileges */
export async function preflightRequest({ clusters, kibanas, transforms }: Reach, request: MigrationRequest, signal: AbortSignal): Promise<PreflightResult> {
  switch (request.type) {
    case 'snapshot-restore':
      return preflightSnapshotRestore(clusters, request, signal);
    case 'reindex':
    case 'copy':
      return preflightSlicedRequest({ clusters, transforms }, request, signal);
    case 'verify':
      return preflightVerifyRequest({ clusters, transforms }, request, signal);
    case 'components':
      return preflightComponentsRequest(clusters, request, signal);
    case 'saved-objects':
      return preflightSavedObjectsRequest(kibanas, request, signal);
    case 'system-indices':
      return preflightSystemIndices(clusters, request, signal);
  }
}

/** What makes a request impossible as it is, found with few calls. @throws as `preflightRequest` */
export async function requestFindings({ clusters, kibanas, transforms }: Reach, request: MigrationRequest, signal: AbortSignal): Promise<Finding[]> {
  switch (request.type) {
    case 'snapshot-restore':
      return findingsOfSnapshotRestore(clusters, request, signal);
    case 'reindex':
    case 'copy':
      return findingsOfSliced(clusters, request, signal);
    case 'verify':
      return findingsOfVerify({ clusters, transforms }, request, signal);
    case 'components':
      return findingsOfComponents(clusters, request, signal);
    case 'saved-objects':
      return findingsOfSavedObjects(kibanas, request, signal);
    case 'system-indices':
      return findingsOfSystemIndices(clusters, request, signal);
  }
}
