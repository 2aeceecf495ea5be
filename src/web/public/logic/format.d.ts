/** @param {number | null} value @returns {string} with thousands separators */
export function count(value: number | null): string;
/** @param {number} value @param {string} one @param {string} [many] @returns {string} "1 index", "2 indices" */
export function plural(value: number, one: string, many?: string): string;
/** @param {number | null} value bytes @returns {string} binary units, three digits at most before the point */
export function size(value: number | null): string;
/** @param {number | null} perSecond @returns {string} */
export function documentRate(perSecond: number | null): string;
/** @param {number | null} perSecond bytes @returns {string} */
export function sizeRate(perSecond: number | null): string;
/** @param {number | null} seconds @returns {string} the two largest units: "3 h 10 min" */
export function duration(seconds: number | null): string;
/** @param {number} seconds of an estimate @returns {string} no finer than it can be known */
export function roughly(seconds: number): string;
/** @param {string} from RFC 3339 @param {string | null} to @param {number} nowMs @returns {number} seconds */
export function secondsBetween(from: string, to: string | null, nowMs: number): number;
/**
 * @param {{ done: number, total: number | null }} amount
 * @returns {number | null} 0 to 1; null while the total is not known. Never 1 before all is done.
 */
export function fraction({ done, total }: {
    done: number;
    total: number | null;
}): number | null;
/** @param {number | null} value 0 to 1 @returns {string} 100 % only when it is all */
export function percent(value: number | null): string;
/** @param {string} iso @param {number} nowMs @param {string} [timeZone] the reader's own by default @returns {string} local, without the day if it is today */
export function localTime(iso: string, nowMs: number, timeZone?: string): string;
/** @param {string} iso @returns {string} "2026-03-01 10:00:00 UTC" */
export function utcTime(iso: string): string;
/** @param {string} iso @param {number} nowMs @returns {string} "5 min ago", "in 5 min" */
export function relativeTime(iso: string, nowMs: number): string;
/** @param {string} text @returns {string} */
export function sentence(text: string): string;
/** Stands for what is not known. */
export const UNKNOWN: "\u2013";
