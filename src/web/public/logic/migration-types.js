/**
 * The types of migration as the form offers them: what each does in a sentence, and which parts of the form it has. Pure.
 *
 * Options without a field of their own are written as JSON, with their names as in the API.
 */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */

/**
 * @typedef {object} FormType
 * @property {string} value
 * @property {string} label
 * @property {string} lead
 * @property {boolean} hasIndices
 * @property {boolean} hasRepository
 * @property {string} example options that this type is often given
 */

/** @type {readonly FormType[]} */
export const FORM_TYPES = [
  {
    ...{ value: 'snapshot-restore', label: 'Snapshot and restore', hasIndices: true, hasRepository: true, example: '' },
    lead: 'The source writes a snapshot into a repository that both clusters reach, and the target restores it.',
  },
  {
    ...{ value: 'reindex', label: 'Reindex', hasIndices: true, hasRepository: false, example: '{ "catchUp": { "passes": 3 } }' },
    lead: 'The target pulls the documents from the source with its own _reindex, slice by slice. It must be allowed to reach the source.',
  },
  {
    ...{ value: 'copy', label: 'Copy', hasIndices: true, hasRepository: false, example: '{ "verify": "counts", "concurrency": 2 }' },
    lead: 'Godwit itself reads from the source and writes to the target, byte for byte. The clusters need not reach each other.',
  },
  {
    ...{ value: 'components', label: 'Components', hasIndices: false, hasRepository: false, example: '{ "components": ["*", "-cluster-setting"] }' },
    lead: 'Settings, templates, policies, pipelines, roles and the rest that is no document: compared first, then written in the order in which they depend on each other.',
  },
  {
    ...{ value: 'system-indices', label: 'System indices', hasIndices: false, hasRepository: true, example: '{ "featureStates": ["security"], "backupRepository": "kept" }' },
    lead: 'Users, roles, keys and other feature states come from a snapshot and replace those of the target, after an approval. What is replaced can be kept.',
  },
  {
    ...{ value: 'verify', label: 'Verify', hasIndices: true, hasRepository: false, example: '{ "repair": true }' },
    lead: 'Godwit compares the documents of both clusters and lists what differs. It reads only; with repair it asks before it writes.',
  },
  {
    ...{ value: 'saved-objects', label: 'Saved objects', hasIndices: false, hasRepository: false, example: '{ "spaces": ["*"], "onConflict": "skip" }' },
    lead: "Spaces, and what Kibana keeps in them: dashboards, data views, rules, connectors. By Kibana's own export and import.",
  },
];

/** @param {string} value @returns {FormType} @throws {Error} for a type that the form does not know */
export function formTypeOf(value) {
  const found = FORM_TYPES.find((type) => type.value === value);
  if (found === undefined) throw new Error(`the form has no type ${value}`);
  return found;
}
