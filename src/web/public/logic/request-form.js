/**
 * From the fields of the form to the body of a start, and from the errors of an answer back to the fields. Pure.
 *
 * What was left at its default is left out, so that the server's own defaults hold.
 */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { formTypeOf } from './migration-types.js';

/**
 * @typedef {object} FormFields
 * @property {string} type
 * @property {string} options of other types than snapshot-restore: a JSON object, or empty
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
  type: 'snapshot-restore',
  options: '',
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

/** @typedef {Record<string, string>} Errors by name of the field */

/** @param {FormFields} fields @param {Errors} errors */
function checkBothSides(fields, errors) {
  if (fields.source === '') errors['source'] = 'choose where to read from';
  if (fields.target === '') errors['target'] = 'choose where to write to';
  if (fields.source !== '' && fields.source === fields.target) errors['target'] = 'choose another cluster than the source';
  if (formTypeOf(fields.type).hasIndices && listOf(fields.indices).length === 0) errors['indices'] = 'give at least one index or wildcard; * for all';
}

/** @param {FormFields} fields @param {Errors} errors @returns {Record<string, unknown>} */
function repositoryOf(fields, errors) {
  if (fields.repositoryName.trim() === '') errors['repositoryName'] = 'give the name of the snapshot repository';
  const settings = settingsIn(fields, errors, 'repositorySettings');
  const targetSettings = settingsIn(fields, errors, 'targetSettings');
  return {
    name: fields.repositoryName.trim(),
    ...(fields.repositoryType === '' ? {} : { type: fields.repositoryType, settings }),
    ...(Object.keys(targetSettings).length === 0 ? {} : { targetSettings }),
  };
}

/** @param {FormFields} fields @param {Errors} errors @param {'repositorySettings' | 'targetSettings' | 'indexSettings'} name */
function settingsIn(fields, errors, name) {
  try {
    return settingsOf(fields[name]);
  } catch (error) {
    errors[name] = error instanceof Error ? error.message : String(error);
    return {};
  }
}

/** @param {string} text @returns {Record<string, unknown>} @throws {SyntaxError} saying what it should be */
export function optionsOf(text) {
  if (text.trim() === '') return {};
  /** @type {unknown} */
  const value = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('give a JSON object, e.g. { "concurrency": 4 }');
  return { ...value };
}

/** @typedef {{ body: Record<string, unknown> | null, errors: Errors }} Request */

/** @param {FormFields} fields @returns {Request} */
export function toRequest(fields) {
  return fields.type === 'snapshot-restore' ? toSnapshotRestore(fields) : toOther(fields);
}

/** @param {FormFields} fields @returns {Request} */
function toOther(fields) {
  /** @type {Errors} */
  const errors = {};
  checkBothSides(fields, errors);
  const { hasIndices, hasRepository } = formTypeOf(fields.type);
  const repository = hasRepository ? repositoryOf(fields, errors) : null;
  /** @type {Record<string, unknown>} */
  let options = {};
  try {
    options = optionsOf(fields.options);
  } catch (error) {
    errors['options'] = error instanceof Error ? error.message : String(error);
  }
  if (Object.keys(errors).length > 0) return { body: null, errors };
  return {
    errors,
    body: {
      ...options,
      type: fields.type,
      source: fields.source,
      target: fields.target,
      ...(hasIndices ? { indices: listOf(fields.indices) } : {}),
      ...(repository === null ? {} : { repository }),
    },
  };
}

/** @param {FormFields} fields @returns {Request} */
function toSnapshotRestore(fields) {
  /** @type {Errors} */
  const errors = {};
  checkBothSides(fields, errors);
  const repository = repositoryOf(fields, errors);
  const indexSettings = settingsIn(fields, errors, 'indexSettings');
  const concurrency = Number(fields.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1) errors['concurrency'] = 'give a whole number, at least 1';
  if (fields.renamePattern === '' && fields.renameReplacement !== '') errors['renamePattern'] = 'give the pattern that is replaced';
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
      indices: listOf(fields.indices),
      repository,
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

/** Fields that every type of migration has. */
const COMMON = ['source', 'target', 'indices'];

/**
 * @param {readonly { path: string, message: string }[]} errors of a problem document
 * @param {string} type of the migration that was asked for
 * @returns {Record<string, string>} by field of the form; what belongs to none of them is left out
 */
export function fieldErrors(errors, type) {
  const { hasRepository } = formTypeOf(type);
  /** @type {Record<string, string>} */
  const byField = {};
  for (const { path, message } of errors) {
    const plain = path.replace(/^body[./]/, '').replaceAll('/', '.');
    const [top = ''] = plain.split(/[.[]/);
    if (type === 'snapshot-restore' || COMMON.includes(top) || (hasRepository && top === 'repository')) {
      const field = FIELD_OF_PATH.find(([pattern]) => pattern.test(plain))?.[1] ?? top;
      if (field in EMPTY_FORM) byField[field] ??= message;
    } else byField['options'] ??= `${plain}: ${message}`;
  }
  return byField;
}
