/** Histories as files: in Temporal's JSON form, one event a line, nothing of the machine that recorded them. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type * as Proto from '@temporalio/proto';
import { patchProtobufRoot } from '@temporalio/proto/lib/patch-protobuf-root.js';
import { z } from 'zod';

export const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

const PayloadsSchema = z.object({ data: z.string() });
const HistorySchema = z.object({ events: z.array(z.looseObject({ eventType: z.string() })) });
export type RecordedHistory = z.infer<typeof HistorySchema>;

export type History = Proto.temporal.api.history.v1.IHistory;

interface ProtoJson {
  readonly toJson: (type: unknown, message: unknown) => unknown;
  readonly fromJson: (type: unknown, json: unknown, options: { ignoreUnknownFields: boolean }) => History;
}

/**
 * The same conversion as `historyToJSON` of @temporalio/common, with the protobufjs of @temporalio/proto. Where npm installs
 * one for each of the two (1.24.0 beside @grpc/proto-loader's older one), Temporal's own refuses: "type must be a Type".
 */
const local = createRequire(import.meta.url);
// As CommonJS: the patch does not take a module's namespace.
const proto = local('@temporalio/proto') as typeof Proto;
const { toJson, fromJson } = createRequire(local.resolve('@temporalio/proto'))('protobufjs/ext/protojson') as ProtoJson;
const root = patchProtobufRoot(proto) as unknown as { lookupType: (name: string) => unknown };
const historyType = root.lookupType('temporal.api.history.v1.History');

export function historyToJson(history: History): unknown {
  return toJson(historyType, proto.temporal.api.history.v1.History.fromObject(history));
}

/** The form in which a replayer takes it. */
export function historyOf(recorded: RecordedHistory): History {
  return fromJson(historyType, recorded, { ignoreUnknownFields: true });
}

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
export function historyText(history: History): string {
  const json = JSON.stringify(historyToJson(history), (key: string, value: unknown) => {
    if (key === 'identity') return 'recorded';
    if (key === 'stackTrace') return '';
    // Names of sticky queues begin with process and host.
    return typeof value === 'string' ? value.replaceAll(`@${hostname()}`, '@recorded') : value;
  });
  const { events } = HistorySchema.parse(JSON.parse(json));
  return `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
}

const UpdateSchema = z.object({ workflowExecutionUpdateAcceptedEventAttributes: z.object({ acceptedRequest: z.object({ input: z.object({ name: z.string() }) }) }) });

/** Names of the updates that the workflow accepted, in order. */
export function updatesOf({ events }: RecordedHistory): string[] {
  return events.flatMap((event) => {
    const update = UpdateSchema.safeParse(event);
    return update.success ? [update.data.workflowExecutionUpdateAcceptedEventAttributes.acceptedRequest.input.name] : [];
  });
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
