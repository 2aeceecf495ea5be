/**
 * Converts one JSON scalar, given and answered as its text, to a date in ISO 8601, without loss. Pure.
 *
 * Formats are those of a date field of Elasticsearch: patterns of java.time, which js-joda is a port of, down to the
 * nanosecond. An offset that the value names stays; one that it does not name is that of the zone.
 */
import { DateTimeFormatter, LocalTime, ResolverStyle, TemporalQueries, ZoneId, ZoneOffset, ZonedDateTime, type LocalDate } from '@js-joda/core';
import '@js-joda/timezone';
import type { ConvertStep } from '../contracts/transform.js';

const DEFAULT_FORMAT = 'strict_date_optional_time||epoch_millis';
/** Digits of a fraction of a second. */
const NANO_DIGITS = 9;
/** Years that ISO 8601 writes with four digits. */
const MAX_YEAR = 9_999;

/** @returns the date without quotes; null if the text is not written so, or cannot be told exactly */
type Reader = (text: string) => string | null;

/** @param text a string with its quotes, or a number. @returns a string with its quotes; null if it cannot be converted exactly */
export type DateConverter = (text: string) => string | null;

/** @throws Error that says what is wrong with format or zone */
export function dateConverter({ format = DEFAULT_FORMAT, zone }: Pick<ConvertStep, 'format' | 'zone'>): DateConverter {
  const readers = format.split('||').map((one) => readerOf(one.trim(), zone === undefined ? null : zoneOf(zone)));
  return (text) => {
    const content = text.startsWith('"') ? (JSON.parse(text) as string).trim() : text;
    for (const read of readers) {
      const date = read(content);
      if (date !== null) return date === content && text.startsWith('"') ? text : JSON.stringify(date);
    }
    return null;
  };
}

function zoneOf(name: string): ZoneId {
  try {
    return ZoneId.of(name);
  } catch {
    throw new Error(`"${name}" is no time zone; give one like +02:00 or Europe/Berlin`);
  }
}

function readerOf(format: string, zone: ZoneId | null): Reader {
  switch (format) {
    case 'epoch_millis':
      return (text) => ofEpoch(text, 3);
    case 'epoch_second':
      return (text) => ofEpoch(text, 0);
    case 'strict_date_optional_time':
    case 'strict_date_optional_time_nanos':
    case 'date_optional_time':
      return (text) => (isIsoDate(text) ? text : null);
    default:
      return patternReader(format, zone);
  }
}

/** @param power of ten by which the unit is smaller than a second */
function ofEpoch(text: string, power: number): string | null {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text) ?? [];
  if (whole === '') return null;
  const digits = `${whole}${fraction}`;
  // How many zeros make nanoseconds of it.
  const zeros = NANO_DIGITS - power - fraction.length + Number(exponent);
  if (zeros > 40) return null;
  const lost = zeros < 0 ? digits.slice(zeros) : '';
  if (/[^0]/.test(lost)) return null;
  const nanos = BigInt(`${sign}${(zeros < 0 ? digits.slice(0, zeros) : digits.padEnd(digits.length + zeros, '0')) || '0'}`);
  const second = 1_000_000_000n;
  const rest = ((nanos % second) + second) % second;
  const at = new Date(Number((nanos - rest) / second) * 1_000);
  const year = at.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > MAX_YEAR) return null;
  return `${at.toISOString().slice(0, 19)}${fractionOf(Number(rest))}Z`;
}

const ISO = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?)?)?$/;

function isIsoDate(text: string): boolean {
  const [matched, year = '', month = '01', day = '01', hour = '0', minute = '0', second = '0'] = ISO.exec(text) ?? [];
  if (matched === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${year}-${month}-${day}`);
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** Parts of a pattern that stand for English names, which js-joda reads only with 46 MB of locales: numbers take their place. */
interface Names {
  readonly letters: RegExp;
  readonly names: readonly string[];
}
const MONTH_NAMES: readonly Names[] = [
  { letters: /M{4}/, names: MONTHS },
  { letters: /M{3}/, names: shortened(MONTHS) },
];
const WEEKDAY_NAMES: readonly Names[] = [
  { letters: /E{4}/, names: WEEKDAYS },
  { letters: /E{1,3}/, names: shortened(WEEKDAYS) },
];
/** In the place of a weekday, which the date has to agree with. */
const WEEKDAY = '~';

function shortened(names: readonly string[]): string[] {
  return names.map((name) => name.slice(0, 3));
}

interface Prepared {
  readonly text: string;
  /** From 1, Monday; null: not named. */
  readonly weekday: number | null;
}

interface Pattern {
  readonly formatter: DateTimeFormatter;
  readonly prepare: (text: string) => Prepared;
}

function patternReader(pattern: string, zone: ZoneId | null): Reader {
  let compiled: Pattern;
  try {
    compiled = compile(pattern);
    const text = compiled.formatter.format(ZonedDateTime.of(2001, 2, 3, 4, 5, 6, 0, ZoneId.UTC));
    if (read(compiled.formatter, { text, weekday: null }, zone) === null) throw new Error('it does not name day, month and year');
  } catch (error) {
    throw new Error(`"${pattern}" is no format of a whole date: ${error instanceof Error ? error.message : String(error)}`);
  }
  return (text) => {
    try {
      return read(compiled.formatter, compiled.prepare(text), zone);
    } catch {
      // js-joda tells by exceptions of several kinds that a text is not written so.
      return null;
    }
  };
}

function compile(pattern: string): Pattern {
  // What is quoted is no letter of a pattern. A year of an era would need the era.
  const parts = pattern.split(/('[^']*')/).map((part) => (part.startsWith("'") ? part : part.replaceAll('y', 'u')));
  const put = (candidates: readonly Names[], instead: string): RegExp | null => {
    for (const { letters, names } of candidates) {
      const at = parts.findIndex((part) => !part.startsWith("'") && letters.test(part));
      if (at === -1) continue;
      parts[at] = (parts[at] ?? '').replace(letters, instead);
      return new RegExp(`(?<![A-Za-z])(?:${names.join('|')})(?![A-Za-z])`);
    }
    return null;
  };
  const [month, weekday] = [put(MONTH_NAMES, 'MM'), put(WEEKDAY_NAMES, `'${WEEKDAY}'`)];
  const numberOf = (names: readonly string[], found: string): number => names.findIndex((name) => name.startsWith(found.slice(0, 3))) + 1;
  return {
    formatter: DateTimeFormatter.ofPattern(parts.join('')).withResolverStyle(ResolverStyle.STRICT),
    prepare: (text) => {
      const named = weekday === null ? null : (weekday.exec(text)?.[0] ?? null);
      const withoutWeekday = named === null ? text : text.replace(named, WEEKDAY);
      return {
        text: month === null ? withoutWeekday : withoutWeekday.replace(month, (found) => String(numberOf(MONTHS, found)).padStart(2, '0')),
        weekday: named === null ? null : numberOf(WEEKDAYS, named),
      };
    },
  };
}

/** @returns null for what has no whole date, and for a local time that a change of clocks left out or gave twice */
function read(formatter: DateTimeFormatter, { text, weekday }: Prepared, zone: ZoneId | null): string | null {
  const parsed = formatter.parse(text);
  const date: LocalDate | null = parsed.query(TemporalQueries.localDate());
  const time: LocalTime | null = parsed.query(TemporalQueries.localTime());
  const named: ZoneId | null = parsed.query(TemporalQueries.zone());
  if (date === null || date.year() < 0 || date.year() > MAX_YEAR) return null;
  if (weekday !== null && date.dayOfWeek().value() !== weekday) return null;
  const day = date.toString();
  if (time === null && zone === null) return day;
  const at = date.atTime(time ?? LocalTime.MIDNIGHT);
  const offsets = [...(named ?? zone ?? ZoneOffset.UTC).rules().validOffsets(at)];
  const [offset] = offsets;
  if (offset === undefined || offsets.length > 1) return null;
  const clock = [at.hour(), at.minute(), at.second()].map((part) => String(part).padStart(2, '0')).join(':');
  return `${day}T${clock}${fractionOf(at.nano())}${offset.id()}`;
}

/** In groups of three digits, as few as there have to be. */
function fractionOf(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(NANO_DIGITS, '0');
  return `.${digits.endsWith('000000') ? digits.slice(0, 3) : digits.endsWith('000') ? digits.slice(0, 6) : digits}`;
}
