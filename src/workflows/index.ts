/** Entry of the workflow bundle. */
export { snapshotRestoreWorkflow } from './snapshot-restore.js';
