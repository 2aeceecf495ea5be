/** What a comparison of documents means for an index, and how it is said. Pure. */
import { ContentReportSchema, type ContentReport } from '../contracts/content-report.js';
import type { Verdict } from '../contracts/report.js';
import type { Transform } from '../contracts/transform.js';
import type { JsonObject } from './json.js';

const MAX_IDS = 5;
const MAX_ID_CHARS = 60;
/** A longer request is not written out in a remedy. */
const MAX_REQUEST_CHARS = 1_500;

/** Kept in the row of an index by the comparison of its documents. */
export function contentOf(detail: JsonObject): ContentReport | null {
  const { content } = detail;
  return content === undefined || content === null ? null : ContentReportSchema.parse(content);
}

export function differences({ missing, extra, different }: ContentReport): number {
  return missing + extra + different;
}

/**
 * @param byCounts what the counts alone say
 * @param accepted documents whose loss a person has accepted
 */
export function judgeContent(byCounts: Verdict, content: ContentReport | null, accepted = 0): Verdict {
  if (content === null || byCounts === 'not-compared') return byCounts;
  if (differences(content) > 0) {
    const isAccepted = content.extra + content.different === 0 && content.missing <= accepted;
    return isAccepted && byCounts !== 'mismatch' ? 'skipped' : 'mismatch';
  }
  return byCounts === 'equal' && content.afterCutoff > 0 ? 'within-cutoff' : byCounts;
}

/** `2 missing, 1 different (missing d1, different d7)`: counts and the first ids. */
export function describeDifferences(content: ContentReport): string {
  const counts = (['missing', 'extra', 'different'] as const).filter((kind) => content[kind] > 0).map((kind) => `${String(content[kind])} ${kind}`);
  const ids = content.differences.slice(0, MAX_IDS).map(({ kind, id }) => `${kind} ${id.length > MAX_ID_CHARS ? `${id.slice(0, MAX_ID_CHARS - 1)}…` : id}`);
  const rest = differences(content) > ids.length ? ', ...' : '';
  const scope = content.mode === 'sample' ? ` in a sample of ${String(content.sourceDocuments ?? 0)} and ${String(content.targetDocuments)}` : '';
  return `${counts.join(', ')}${scope}${ids.length === 0 ? '' : ` (${ids.join(', ')}${rest})`}`;
}

export interface RepairFacts {
  readonly source: string;
  readonly target: string;
  /** Names at the source that go into one target. */
  readonly indices: readonly string[];
  readonly targetName: string;
  readonly content: ContentReport['content'];
  readonly query?: JsonObject | undefined;
  readonly sourceFields?: readonly string[] | undefined;
  readonly transform?: Transform | undefined;
}

/** What to do about documents that differ: the very request that mends them. */
export function repairRemedy({ source, target, indices, targetName, content, query, sourceFields, transform }: RepairFacts): string {
  const isRenamed = indices.length > 1 || indices[0] !== targetName;
  const request = JSON.stringify({
    ...{ type: 'verify', source, target, indices },
    ...(isRenamed ? { rename: { pattern: '^.*$', replacement: targetName.replaceAll('$', '$$$$') } } : {}),
    ...{ content },
    ...(query === undefined ? {} : { query }),
    ...(sourceFields === undefined ? {} : { sourceFields }),
    ...(transform === undefined ? {} : { transform }),
    repair: true,
  });
  const how = request.length <= MAX_REQUEST_CHARS ? `POST /v1/migrations ${request}` : `a migration of type verify with repair: true, and the same indices, rename, query, sourceFields and transform`;
  return `Mend it with ${how} and approve its gate "repair"; then retry to compare again. Or skip to accept the difference by name in the report.`;
}
