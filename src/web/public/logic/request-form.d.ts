/** @param {string} text @returns {string[]} one a line or separated by commas */
export function listOf(text: string): string[];
/** @param {string} text @returns {Record<string, string | number | boolean>} @throws {SyntaxError} naming the line */
export function settingsOf(text: string): Record<string, string | number | boolean>;
/** @param {string} text @returns {Record<string, unknown>} @throws {SyntaxError} saying what it should be */
export function optionsOf(text: string): Record<string, unknown>;
/** @typedef {{ body: Record<string, unknown> | null, errors: Errors }} Request */
/** @param {FormFields} fields @returns {Request} */
export function toRequest(fields: FormFields): Request;
/**
 * @param {readonly { path: string, message: string }[]} errors of a problem document
 * @param {string} type of the migration that was asked for
 * @returns {Record<string, string>} by field of the form; what belongs to none of them is left out
 */
export function fieldErrors(errors: readonly {
    path: string;
    message: string;
}[], type: string): Record<string, string>;
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
export const EMPTY_FORM: Readonly<FormFields>;
/**
 * by name of the field
 */
export type Errors = Record<string, string>;
export type Request = {
    body: Record<string, unknown> | null;
    errors: Errors;
};
export type FormFields = {
    type: string;
    /**
     * of other types than snapshot-restore: a JSON object, or empty
     */
    options: string;
    source: string;
    target: string;
    /**
     * one a line
     */
    indices: string;
    repositoryName: string;
    /**
     * empty: it is registered at the source
     */
    repositoryType: string;
    /**
     * `name = value`, one a line
     */
    repositorySettings: string;
    targetSettings: string;
    snapshot: string;
    onExisting: string;
    renamePattern: string;
    renameReplacement: string;
    featureStates: string;
    indexSettings: string;
    ignoreIndexSettings: string;
    concurrency: string;
    includeAliases: boolean;
    includeGlobalState: boolean;
    partial: boolean;
    keepSnapshot: boolean;
};
