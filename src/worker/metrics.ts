/**
 * Godwit's own metrics of a worker, in a registry of its own. Labels are activity names and error codes only: both are
 * closed sets, where a migration's id or an index name would grow the registry without end.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface ActivityMetrics {
  /** @returns to be called once at the end of the attempt, with the code it failed with or null */
  start(activity: string): (code: string | null) => void;
}

export interface WorkerMetrics extends ActivityMetrics {
  /** Prometheus text: Godwit's metrics and those of Temporal's SDK. */
  readonly text: () => Promise<string>;
}

/** From a quick call to a wait of ten minutes, seconds. */
const DURATION_BUCKETS = [0.01, 0.05, 0.2, 1, 5, 30, 120, 600];
const SDK_TIMEOUT_MS = 1_500;

async function readText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(SDK_TIMEOUT_MS) });
  return await response.text();
}

/**
 * @param sdkMetricsUrl where Temporal's SDK in this process serves its metrics; null if it does not
 * @param lowestShare of full speed, of all migrations of this worker
 */
export function createWorkerMetrics(sdkMetricsUrl: string | null, lowestShare: () => number = () => 1): WorkerMetrics {
  const registers = [new Registry()];
  const attempts = new Counter({ name: 'godwit_activity_attempts_total', help: 'Attempts at an activity that have begun', labelNames: ['activity'] as const, registers });
  const failures = new Counter({ name: 'godwit_activity_failures_total', help: 'Attempts that failed, by error code', labelNames: ['activity', 'code'] as const, registers });
  const running = new Gauge({ name: 'godwit_activities_running', help: 'Attempts under way', labelNames: ['activity'] as const, registers });
  const seconds = new Histogram({
    name: 'godwit_activity_duration_seconds',
    help: 'Time that an attempt took, also a failed one',
    labelNames: ['activity'] as const,
    buckets: DURATION_BUCKETS,
    registers,
  });
  new Gauge({
    name: 'godwit_speed_share',
    help: 'Share of full speed of the migration that the load of its clusters slows most, 0 to 1',
    registers,
    collect() {
      this.set(lowestShare());
    },
  });
  return {
    start(activity) {
      attempts.inc({ activity });
      running.inc({ activity });
      const end = seconds.startTimer({ activity });
      return (code) => {
        end();
        running.dec({ activity });
        if (code !== null) {
          failures.inc({ activity, code });
        }
      };
    },
    async text() {
      const own = await Promise.all(registers.map((registry) => registry.metrics()));
      // Half a scrape is better than none: the SDK's part is left out when it does not answer.
      const sdk = sdkMetricsUrl === null ? '' : await readText(sdkMetricsUrl).catch(() => '# the metrics of the Temporal SDK could not be read\n');
      return [...own, sdk].join('\n');
    },
  };
}
