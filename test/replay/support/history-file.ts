/** Histories as files: in Temporal's JSON form, one event a line, nothing of the machine that recorded them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

const PayloadsSchema = z.object({ data: z.string() });
const HistorySchema = z.object({ events: z.array(z.looseObject({ eventType: z.string() })) });
export type RecordedHistory = z.infer<typeof HistorySchema>;

export function historyNames(): string[] {
  return readdirSync(HISTORIES)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

export function readHistory(name: string): RecordedHistory {
  return HistorySchema.parse(JSON.parse(readFileSync(`${HISTORIES}${name}.json`, 'utf8')));
}

/**
 * The text of a history file. Who polled and answered (process and host) and where in the sources an error was made is
 * of the machine and never looked at by a replay, so it is left out.
 */
export function historyText(json: string): string {
  const { events } = HistorySchema.parse(
    JSON.parse(json, (key: string, value: unknown) => (key === 'identity' ? 'recorded' : key === 'stackTrace' ? '' : value)),
  );
  return `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
}

/** All that is written in a history, its payloads decoded: for searching. */
export function plainTextOf(history: RecordedHistory): string {
  const texts: string[] = [];
  JSON.stringify(history, (_key, value: unknown) => {
    const payload = PayloadsSchema.safeParse(value);
    if (payload.success) texts.push(Buffer.from(payload.data.data, 'base64').toString());
    else if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts.join('\n');
}

/** A path from the root of a file system, of the kinds that machines have. */
export const MACHINE_PATH = /(^|[\s"'(:=])\/(home|root|Users|tmp|var|work|opt|usr|etc|private|mnt)\/|file:\/\//m;
