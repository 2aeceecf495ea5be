/** @param {string} text @returns {string[]} one a line or separated by commas */
export function listOf(text: string): string[];
/** @param {string} text @returns {Record<string, string | number | boolean>} @throws {SyntaxError} naming the line */
export function settingsOf(text: string): Record<string, string | number | boolean>;
/**
 * @param {FormFields} fields
 * @returns {{ body: Record<string, unknown> | null, errors: Record<string, string> }} errors by name of the field
 */
export function toRequest(fields: FormFields): {
    body: Record<string, unknown> | null;
    errors: Record<string, string>;
};
/**
 * @param {readonly { path: string, message: string }[]} errors of a problem document
 * @returns {Record<string, string>} by field of the form; what belongs to none of them is left out
 */
export function fieldErrors(errors: readonly {
    path: string;
    message: string;
}[]): Record<string, string>;
/**
 * From the fields of the form to the body of a start, and from the errors of an answer back to the fields. Pure.
 *
 * What was left at its default is left out, so that the server's own defaults hold.
 */
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
export const EMPTY_FORM: Readonly<FormFields>;
export type FormFields = {
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
