/** Where the time of a migration went: its activities, from the workflow's history. */
import type { Client } from '@temporalio/client';

interface Times {
  readonly name: string;
  readonly scheduled: number;
  started: number;
  closed: number;
}

/** @returns one line an activity: when it was scheduled, how long it waited for a worker, how long it ran; seconds */
export async function profile(temporal: Client, id: string): Promise<string[]> {
  const { events = [] } = await temporal.workflow.getHandle(id).fetchHistory();
  const begin = millis(events?.[0]?.eventTime);
  const activities = new Map<number, Times>();
  for (const event of events ?? []) {
    const at = millis(event.eventTime);
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled != null) activities.set(Number(event.eventId), { name: scheduled.activityType?.name ?? '', scheduled: at, started: at, closed: at });
    const started = activities.get(Number(event.activityTaskStartedEventAttributes?.scheduledEventId));
    if (started !== undefined) started.started = at;
    const closed = activities.get(Number((event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes)?.scheduledEventId));
    if (closed !== undefined) closed.closed = at;
  }
  const cell = (ms: number): string => (ms / 1_000).toFixed(2).padStart(7);
  return [...activities.values()].map(({ name, scheduled, started, closed }) => `${cell(scheduled - begin)} waited ${cell(started - scheduled)} ran ${cell(closed - started)}  ${name}`);
}

interface Timestamp {
  readonly seconds?: unknown;
  readonly nanos?: number | null;
}

function millis(time: Timestamp | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1_000_000;
}
