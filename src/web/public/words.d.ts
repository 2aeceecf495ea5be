/** Made by the server from the contracts; see src/web/assets.ts. */
export {
  FINAL_STATUSES,
  MIGRATION_STATUSES,
  MIGRATION_TYPES,
  SLICE_STATUSES,
  STEP_NAMES,
  VERIFY_MODES,
} from '../../contracts/names.js';
export { ON_EXISTING } from '../../contracts/requests.js';
