/** What a migration looks like in a terminal. Pure: a migration in, text out. */
import type { Amount, Migration } from '../src/contracts/migration.js';
import type { StepStatus } from '../src/contracts/names.js';
import { count, mebibytes, seconds } from './format.js';

export interface Bar {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  readonly text: string;
}

export interface View {
  readonly bars: readonly Bar[];
  /** One line below the bars. */
  readonly footer: string;
  /** All in one line, for a log. */
  readonly line: string;
}

const MARKS: Record<StepStatus, string> = { pending: '·', running: '▶', completed: '✔', failed: '✘', skipped: '-', canceled: '✘' };
const MAX_DETAIL = 70;

/**
 * @param elapsed seconds since the migration began
 * @param bytesPerSecond null when it is not known
 * @param remark said while no worker is there to report; takes the place of the step's own detail
 */
export function viewOf(migration: Migration, elapsed: number, bytesPerSecond: number | null, remark: string | null = null): View {
  const { bytes, documents, documentsPerSecond, etaSeconds } = migration.progress;
  // With a remark nobody reports progress at the moment, so speed and time left would be of the past.
  const isStale = remark !== null;
  const speed = bytesPerSecond === null || isStale ? null : `${mebibytes(bytesPerSecond)}/s`;
  const rate = documentsPerSecond === null || documentsPerSecond === 0 || isStale ? null : `${count(documentsPerSecond)} documents/s`;
  const eta = etaSeconds === null || isStale ? null : `ETA ${seconds(etaSeconds)}`;
  const running = migration.steps.find((step) => step.status === 'running');
  const detail = remark ?? migration.notice ?? running?.detail ?? null;
  const step = running?.name ?? migration.status;
  const percent = bytes.total === null || bytes.total === 0 ? 0 : Math.floor((bytes.done / bytes.total) * 100);
  return {
    bars: [
      { name: 'bytes', ...ends(bytes), text: some(ofTotal(bytes, mebibytes), speed, eta) },
      { name: 'documents', ...ends(documents), text: some(ofTotal(documents, count), rate) },
    ],
    footer: some(migration.steps.map(({ name, status }) => `${MARKS[status]} ${name}`).join('  '), shortened(detail)),
    line: `[${seconds(elapsed).padStart(4)}] ${some(`${step} ${String(percent)} %`, ofTotal(bytes, mebibytes), `${ofTotal(documents, count)} documents`, speed, rate, eta, shortened(detail))}`,
  };
}

/** The parts of a report that say how it went; the rest is behind its address. */
export function compactReport(markdown: string): string {
  const sections = markdown.trim().split(/\n(?=## )/);
  const shown = ['# ', '## Verification', '## Failure', '## Needs attention', '## Indices', '## Steps'];
  return sections.filter((section) => shown.some((start) => section.startsWith(start))).map((section) => section.trim()).join('\n\n');
}

function some(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(' | ');
}

function ends({ done, total }: Amount): { done: number; total: number } {
  return { done: total === null ? 0 : Math.min(done, total), total: total ?? 1 };
}

function ofTotal({ done, total }: Amount, write: (value: number) => string): string {
  return total === null ? write(done) : `${write(done)} of ${write(total)}`;
}

function shortened(text: string | null): string | null {
  return text === null || text.length <= MAX_DETAIL ? text : `${text.slice(0, MAX_DETAIL - 3)}...`;
}
