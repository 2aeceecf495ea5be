/** Reads pending activities out of a described execution: heartbeat details and last failure, through the data converter. */
import type { DescribeWorkflowExecutionResponse } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import { z } from 'zod';
import { StepNameSchema } from '../../contracts/names.js';
import { boundedMessage } from '../../domain/errors.js';
import type { Heartbeat, PendingActivity } from './runs.js';

/** Parsed leniently: an older or newer worker may say more or less, and progress is not worth an error. */
const HeartbeatSchema = z.object({
  step: StepNameSchema.nullable().catch(null),
  detail: z.string().nullable().catch(null),
  progress: z
    .object({ documents: z.number().nonnegative().catch(0), bytes: z.number().nonnegative().catch(0) })
    .catch({ documents: 0, bytes: 0 }),
});

type RawPending = NonNullable<DescribeWorkflowExecutionResponse['pendingActivities']>[number];

/** Longest failure text that is shown in a step's detail. */
const MAX_FAILURE_CHARS = 300;

async function decodeFirst(converter: LoadedDataConverter, payload: Payload | null | undefined): Promise<unknown> {
  if (!payload) return undefined;
  let payloads: Payload[] = [payload];
  // Codecs were applied in order when encoding, so they are taken off from the last to the first.
  for (const codec of [...converter.payloadCodecs].reverse()) payloads = await codec.decode(payloads);
  const [plain] = payloads;
  return plain === undefined ? undefined : converter.payloadConverter.fromPayload(plain);
}

async function failureText(converter: LoadedDataConverter, activity: RawPending): Promise<string | null> {
  const failure = activity.lastFailure;
  if (!failure) return null;
  // With encryption the message travels in encodedAttributes and `message` is a placeholder.
  const encoded = z.object({ message: z.string() }).safeParse(await decodeFirst(converter, failure.encodedAttributes));
  const text = encoded.success ? encoded.data.message : failure.message;
  return text ? boundedMessage(text, MAX_FAILURE_CHARS) : null;
}

function heartbeatOf(value: unknown): Heartbeat | null {
  const parsed = HeartbeatSchema.safeParse(value);
  if (!parsed.success) return null;
  const { step, detail, progress } = parsed.data;
  return { step, detail, documents: progress.documents, bytes: progress.bytes };
}

/** Milliseconds since the epoch; null while an attempt is under way. */
function nextAttempt(activity: RawPending): number | null {
  const seconds = activity.nextAttemptScheduleTime?.seconds;
  return seconds === undefined || seconds === null ? null : Number(seconds.toString()) * 1_000;
}

/** @returns one entry an activity; what cannot be decoded is left out of it */
export async function readPending(
  response: DescribeWorkflowExecutionResponse,
  converter: LoadedDataConverter,
): Promise<PendingActivity[]> {
  return Promise.all(
    (response.pendingActivities ?? []).map(async (activity) => {
      const [heartbeat, lastFailure] = await Promise.all([
        decodeFirst(converter, activity.heartbeatDetails?.payloads?.[0]).catch(() => undefined),
        failureText(converter, activity).catch(() => null),
      ]);
      return { attempt: activity.attempt ?? 1, heartbeat: heartbeatOf(heartbeat), lastFailure, nextAttemptAtMs: nextAttempt(activity) };
    }),
  );
}
