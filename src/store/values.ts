/** Values on their way into and out of PostgreSQL: JSON text, timestamps, batches. */
import { z } from 'zod';

/** Rows in one statement: large enough to be quick, small enough to stay far from the limits of a message. */
export const BATCH_ROWS = 1_000;

export function batches<Item>(items: readonly Item[], size: number = BATCH_ROWS): Item[][] {
  const out: Item[][] = [];
  for (let from = 0; from < items.length; from += size) {
    out.push(items.slice(from, from + size));
  }
  return out;
}

/**
 * JSON that PostgreSQL takes: it refuses NUL and lone surrogates, which foreign error texts can hold.
 * Escaped backslashes are matched too, so that `\\u0000` (a backslash and letters) stays as it is.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(/\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/gi, (escape) => {
    if (escape === '\\\\') {
      return escape;
    }
    return escape === '\\u0000' ? '' : '\ufffd';
  });
}

/** The same for a plain text column. */
export function plainText(value: string): string {
  return Buffer.from(value.replaceAll('\0', ''), 'utf8').toString('utf8');
}

export function plainTextOrNull(value: string | null | undefined): string | null {
  return value === null || value === undefined ? null : plainText(value);
}

/** timestamptz, which the driver gives as a Date -> RFC 3339 UTC. */
export const TimestampSchema = z.date().transform((date) => date.toISOString());
