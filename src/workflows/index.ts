/** Entry of the workflow bundle. */
export { snapshotRestoreWorkflow } from './snapshot-restore.js';
export { reindexWorkflow } from './reindex.js';
export { copyWorkflow } from './copy.js';
export { componentsWorkflow } from './components.js';
export { systemIndicesWorkflow } from './system-indices.js';
export { verifyWorkflow } from './verify.js';
export { savedObjectsWorkflow } from './saved-objects.js';
