/** Lets a slice that runs follow the throttle of its migration, which the workflow keeps in the stored state, and the load of its clusters. */
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Store } from '../store/store.js';
import type { Pace } from '../transfer/pace.js';
import type { SliceSpeed } from './governors.js';

const LOOK_EVERY_MS = 2_000;

const StateSchema = z.object({ throttle: z.object({ requestsPerSecond: z.number().nullable(), concurrency: z.number().nullable() }) });

export interface Following {
  stop(): void;
}

interface Speed {
  /** The slice's share when it began. */
  readonly asked: number | null;
  /** What the load of both clusters allows. */
  readonly governed: Pick<SliceSpeed, 'limit'>;
}

/** A slice's share: all that may run at once get the same, and less where a cluster has too much to do. */
export function followSpeed(store: Store, log: Logger, id: string, pace: Pace, { asked, governed }: Speed): Following {
  let isLooking = false;
  let share = asked;
  const look = async (): Promise<void> => {
    const state = StateSchema.safeParse((await store.migrations.find(id))?.state);
    if (!state.success) return;
    const { requestsPerSecond, concurrency } = state.data.throttle;
    share = requestsPerSecond === null ? null : requestsPerSecond / (concurrency ?? 1);
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    look()
      // The speed stays as it was, and the store is asked again.
      .catch((error: unknown) => log.info({ err: error, migration: id }, 'the throttle could not be read'))
      .finally(() => {
        isLooking = false;
        pace.change(governed.limit(share));
      });
  }, LOOK_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
