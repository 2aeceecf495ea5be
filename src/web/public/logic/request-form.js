/**
 * From the fields of the form to the body of a start, and from the errors of an answer back to the fields. Pure.
 *
 * What was left at its default is left out, so that the server's own defaults hold.
 */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */

/**
 * @typedef {object} FormFields
 * @property {string} source
 * @property {string} target
 * @property {string} indices one a line
 * @property {string} repositoryName
 * @property {string} repositoryType empty: it is registered at the source
 * @property {string} repositorySettings `name = value`, one a line
 * @property {string} targetSettings
 * @property {string} snapshot
 * @property {string} onExisting
 * @property {string} renamePattern
 * @property {string} renameReplacement
 * @property {string} featureStates
 * @property {string} indexSettings
 * @property {string} ignoreIndexSettings
 * @property {string} concurrency
 * @property {boolean} includeAliases
 * @property {boolean} includeGlobalState
 * @property {boolean} partial
 * @property {boolean} keepSnapshot
 */

/** @type {Readonly<FormFields>} */
export const EMPTY_FORM = {
  source: '',
  target: '',
  indices: '*',
  repositoryName: '',
  repositoryType: '',
  repositorySettings: '',
  targetSettings: '',
  snapshot: '',
  onExisting: 'fail',
  renamePattern: '',
  renameReplacement: '',
  featureStates: '',
  indexSettings: '',
  ignoreIndexSettings: '',
  concurrency: '4',
  includeAliases: true,
  includeGlobalState: false,
  partial: false,
  keepSnapshot: false,
};

/** @param {string} text @returns {string[]} one a line or separated by commas */
export function listOf(text) {
  return text
    .split(/[\n,]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** @param {string} value @returns {string | number | boolean} as YAML would read it */
function scalar(value) {
  const quoted = /^"(.*)"$/.exec(value)?.[1];
  if (quoted !== undefined) return quoted;
  if (value === 'true' || value === 'false') return value === 'true';
  // 007 and 1e400 stay texts: only what prints the same again is a number.
  return value !== '' && String(Number(value)) === value ? Number(value) : value;
}

/** @param {string} text @returns {Record<string, string | number | boolean>} @throws {SyntaxError} naming the line */
export function settingsOf(text) {
  /** @type {Record<string, string | number | boolean>} */
  const settings = {};
  for (const line of text.split('\n').map((item) => item.trim())) {
    if (line === '') continue;
    const match = /^([^=:\s]+)\s*[=:]\s*(.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) throw new SyntaxError(`“${line}” is not of the form name = value`);
    settings[match[1]] = scalar(match[2].trim());
  }
  return settings;
}

/**
 * @param {FormFields} fields
 * @returns {{ body: Record<string, unknown> | null, errors: Record<string, string> }} errors by name of the field
 */
export function toRequest(fields) {
  /** @type {Record<string, string>} */
  const errors = {};
  const settings = (/** @type {'repositorySettings' | 'targetSettings' | 'indexSettings'} */ name) => {
    try {
      return settingsOf(fields[name]);
    } catch (error) {
      errors[name] = error instanceof Error ? error.message : String(error);
      return {};
    }
  };
  if (fields.source === '') errors['source'] = 'choose where to read from';
  if (fields.target === '') errors['target'] = 'choose where to write to';
  if (fields.source !== '' && fields.source === fields.target) errors['target'] = 'choose another cluster than the source';
  if (fields.repositoryName.trim() === '') errors['repositoryName'] = 'give the name of the snapshot repository';
  const repositorySettings = settings('repositorySettings');
  const targetSettings = settings('targetSettings');
  const indexSettings = settings('indexSettings');
  const concurrency = Number(fields.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1) errors['concurrency'] = 'give a whole number, at least 1';
  if (fields.renamePattern === '' && fields.renameReplacement !== '') errors['renamePattern'] = 'give the pattern that is replaced';
  const indices = listOf(fields.indices);
  if (indices.length === 0) errors['indices'] = 'give at least one index or wildcard; * for all';
  if (Object.keys(errors).length > 0) return { body: null, errors };

  const featureStates = listOf(fields.featureStates);
  const ignored = listOf(fields.ignoreIndexSettings);
  const snapshot = fields.snapshot.trim();
  return {
    errors,
    body: {
      type: 'snapshot-restore',
      source: fields.source,
      target: fields.target,
      indices,
      repository: {
        name: fields.repositoryName.trim(),
        ...(fields.repositoryType === '' ? {} : { type: fields.repositoryType, settings: repositorySettings }),
        ...(Object.keys(targetSettings).length === 0 ? {} : { targetSettings }),
      },
      ...(snapshot === '' ? {} : { snapshot }),
      ...(fields.onExisting === 'fail' ? {} : { onExisting: fields.onExisting }),
      ...(fields.renamePattern === '' ? {} : { rename: { pattern: fields.renamePattern, replacement: fields.renameReplacement } }),
      ...(featureStates.length === 0 ? {} : { featureStates }),
      ...(Object.keys(indexSettings).length === 0 ? {} : { indexSettings }),
      ...(ignored.length === 0 ? {} : { ignoreIndexSettings: ignored }),
      ...(concurrency === 4 ? {} : { concurrency }),
      ...(fields.includeAliases ? {} : { includeAliases: false }),
      ...(fields.includeGlobalState ? { includeGlobalState: true } : {}),
      ...(fields.partial ? { partial: true } : {}),
      ...(fields.keepSnapshot ? { keepSnapshot: true } : {}),
    },
  };
}

/** @type {readonly (readonly [RegExp, keyof FormFields])[]} the first that fits counts */
const FIELD_OF_PATH = [
  [/^repository\.name/, 'repositoryName'],
  [/^repository\.type/, 'repositoryType'],
  [/^repository\.settings/, 'repositorySettings'],
  [/^repository\.targetSettings/, 'targetSettings'],
  [/^repository/, 'repositoryName'],
  [/^rename\.replacement/, 'renameReplacement'],
  [/^rename/, 'renamePattern'],
];

/**
 * @param {readonly { path: string, message: string }[]} errors of a problem document
 * @returns {Record<string, string>} by field of the form; what belongs to none of them is left out
 */
export function fieldErrors(errors) {
  /** @type {Record<string, string>} */
  const byField = {};
  for (const { path, message } of errors) {
    const plain = path.replace(/^body[./]/, '').replaceAll('/', '.');
    const field = FIELD_OF_PATH.find(([pattern]) => pattern.test(plain))?.[1] ?? plain.split(/[.[]/)[0] ?? '';
    if (field in EMPTY_FORM) byField[field] ??= message;
  }
  return byField;
}
