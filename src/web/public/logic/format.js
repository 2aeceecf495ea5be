/**
 * Numbers, sizes, durations and times as people read them. Pure: the clock is always given.
 */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */

const INTEGER = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Stands for what is not known. */
export const UNKNOWN = '–';

/** @param {number | null} value @returns {string} with thousands separators */
export function count(value) {
  return value === null ? UNKNOWN : INTEGER.format(value);
}

/** @param {number} value @param {string} one @param {string} [many] @returns {string} "1 index", "2 indices" */
export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** @param {number | null} value bytes @returns {string} binary units, three digits at most before the point */
export function size(value) {
  if (value === null) return UNKNOWN;
  let power = value < 1 ? 0 : Math.min(SIZE_UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  // 1023.96 KiB would be rounded to 1024.0 KiB.
  if (power > 0 && power < SIZE_UNITS.length - 1 && Number((value / 1024 ** power).toFixed(1)) >= 1024) power += 1;
  return power === 0 ? `${INTEGER.format(value)} B` : `${(value / 1024 ** power).toFixed(1)} ${SIZE_UNITS[power]}`;
}

/** @param {number | null} perSecond @returns {string} */
export function documentRate(perSecond) {
  if (perSecond === null) return UNKNOWN;
  return `${perSecond < 10 && !Number.isInteger(perSecond) ? perSecond.toFixed(1) : INTEGER.format(perSecond)}/s`;
}

/** @param {number | null} perSecond bytes @returns {string} */
export function sizeRate(perSecond) {
  return perSecond === null ? UNKNOWN : `${size(perSecond)}/s`;
}

/** @param {number | null} seconds @returns {string} the two largest units: "3 h 10 min" */
export function duration(seconds) {
  if (seconds === null) return UNKNOWN;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return minutes < 10 && whole % 60 > 0 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 > 0 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 > 0 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** @param {number} seconds of an estimate @returns {string} no finer than it can be known */
export function roughly(seconds) {
  if (seconds < 60) return 'less than a minute';
  return `about ${duration(seconds < 3600 ? Math.round(seconds / 60) * 60 : Math.round(seconds / 300) * 300)}`;
}

/** @param {string} from RFC 3339 @param {string | null} to @param {number} nowMs @returns {number} seconds */
export function secondsBetween(from, to, nowMs) {
  return Math.max(0, ((to === null ? nowMs : Date.parse(to)) - Date.parse(from)) / 1000);
}

/**
 * @param {{ done: number, total: number | null }} amount
 * @returns {number | null} 0 to 1; null while the total is not known. Never 1 before all is done.
 */
export function fraction({ done, total }) {
  if (total === null) return null;
  // Nothing of nothing is no progress to boast of.
  return total === 0 ? null : Math.min(1, done / total);
}

/** @param {number | null} value 0 to 1 @returns {string} 100 % only when it is all */
export function percent(value) {
  if (value === null) return UNKNOWN;
  if (value > 0 && value < 0.01) return '< 1 %';
  return `${Math.floor(value * 100)} %`;
}

/** @param {string} iso @param {number} nowMs @param {string} [timeZone] the reader's own by default @returns {string} local, without the day if it is today */
export function localTime(iso, nowMs, timeZone) {
  const zone = timeZone === undefined ? {} : { timeZone };
  const at = new Date(iso);
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', ...zone });
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', ...zone }).format(at);
  return day.format(at) === day.format(nowMs) ? time : `${day.format(at)}, ${time.slice(0, 5)}`;
}

/** @param {string} iso @returns {string} "2026-03-01 10:00:00 UTC" */
export function utcTime(iso) {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** @param {string} iso @param {number} nowMs @returns {string} "5 min ago", "in 5 min" */
export function relativeTime(iso, nowMs) {
  const seconds = (nowMs - Date.parse(iso)) / 1000;
  if (Math.abs(seconds) < 5) return 'just now';
  return seconds > 0 ? `${duration(seconds)} ago` : `in ${duration(-seconds)}`;
}

/** @param {string} text @returns {string} */
export function sentence(text) {
  const trimmed = text.trim().replace(/[.\s]+$/, '');
  // A name at the beginning keeps its spelling.
  const begun = /^[a-z]+ /.test(trimmed) ? `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}` : trimmed;
  return trimmed === '' ? '' : `${begun}${/[!?…:]$/.test(trimmed) ? '' : '.'}`;
}
