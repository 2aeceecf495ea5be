/**
 * Cursors: opaque to callers, base64url of a small JSON array inside. A cursor that does not parse is a 400, never a
 * silent first page.
 */
import { z } from 'zod';
import { InvalidRequest } from './invalid-request.js';

/** Lists of migrations: everything older than this one, or as old with a smaller id. */
const MigrationCursorSchema = z.tuple([z.number().int().nonnegative().max(8.64e15), z.string().min(1).max(255)]);
export interface MigrationCursor {
  readonly startedAtMs: number;
  readonly id: string;
}

/** Lists of slices: everything after this one. */
const SliceCursorSchema = z.tuple([z.string().min(1).max(255), z.number().int().nonnegative()]);
export interface SliceCursor {
  readonly index: string;
  readonly slice: number;
}

function encode(value: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

function decode<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON: the same answer as JSON of another shape.
  }
  throw new InvalidRequest([{ path: 'cursor', message: 'is not a cursor of this list; use the one of the page before, or leave it out' }]);
}

export function encodeMigrationCursor(cursor: MigrationCursor): string {
  return encode([cursor.startedAtMs, cursor.id]);
}

/** @throws ValidationFailed */
export function decodeMigrationCursor(text: string): MigrationCursor {
  const [startedAtMs, id] = decode(MigrationCursorSchema, text);
  return { startedAtMs, id };
}

export function encodeSliceCursor(cursor: SliceCursor): string {
  return encode([cursor.index, cursor.slice]);
}

/** @throws ValidationFailed */
export function decodeSliceCursor(text: string): SliceCursor {
  const [index, slice] = decode(SliceCursorSchema, text);
  return { index, slice };
}

/** Lists of dead letters: everything after this sequence number. */
const DeadLetterCursorSchema = z.tuple([z.number().int().nonnegative()]);

export function encodeDeadLetterCursor(sequence: number): string {
  return encode([sequence]);
}

/** @throws ValidationFailed */
export function decodeDeadLetterCursor(text: string): number {
  const [sequence] = decode(DeadLetterCursorSchema, text);
  return sequence;
}
