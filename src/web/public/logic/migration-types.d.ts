/** @param {string} value @returns {FormType} @throws {Error} for a type that the form does not know */
export function formTypeOf(value: string): FormType;
/**
 * The types of migration as the form offers them: what each does in a sentence, and which parts of the form it has. Pure.
 *
 * Options without a field of their own are written as JSON, with their names as in the API.
 */
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
export const FORM_TYPES: readonly FormType[];
export type FormType = {
    value: string;
    label: string;
    lead: string;
    hasIndices: boolean;
    hasRepository: boolean;
    /**
     * options that this type is often given
     */
    example: string;
};
