/** How a preflight ends, for every type of migration: its draft is kept, the plan is written if nothing stands in the way. */
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import type { Transform } from '../contracts/transform.js';
import { isRequestError, sortFindings } from '../domain/findings.js';
import type { UnitFacts } from '../domain/preflight/facts.js';
import type { Store } from '../store/store.js';
import { saveDraft } from './report.js';

/** Most errors that pass through the workflow; all are in the draft of the report. */
const MAX_ERRORS = 100;

/** Most findings in the draft of the report. */
const MAX_FINDINGS = 500;

export interface PreflightOutcome {
  readonly errors: readonly (Finding & { readonly isSkippable: boolean })[];
  /** The request can never work, whatever is mended. */
  readonly isHopeless: boolean;
  readonly plan: PreflightResult['plan'];
  readonly summary: string;
  /** The transform of the request, with the digest of its module. */
  readonly transform?: Transform;
}

type Draft = Parameters<typeof saveDraft>[2];

export interface PreflightEnd {
  readonly id: string;
  readonly createdAt: string;
  readonly draft: Omit<Draft, 'findings'>;
  readonly findings: readonly Finding[];
  /** Whether the migration can go on without what an error is about. */
  readonly isSkippable: (error: Finding) => boolean;
  /** Safe to repeat. Called only without errors. */
  readonly writePlan?: () => Promise<void>;
  readonly plan: PreflightResult['plan'];
  readonly summary: string;
}

/** Safe to repeat: it writes the same draft and plan. */
export async function concludePreflight(store: Store, { id, createdAt, draft, findings, isSkippable, writePlan, plan, summary }: PreflightEnd): Promise<PreflightOutcome> {
  await saveDraft(store, { id, type: draft.request.type, createdAt }, { ...draft, findings: sortFindings(findings).slice(0, MAX_FINDINGS) });
  const errors = findings.filter((item) => item.severity === 'error');
  if (errors.length === 0) await writePlan?.();
  return { errors: errors.slice(0, MAX_ERRORS).map((item) => ({ ...item, isSkippable: isSkippable(item) })), isHopeless: errors.some(isRequestError), plan, summary };
}

/** Errors about single units can be skipped with them. */
export function isAboutUnit(units: readonly UnitFacts[]): (error: Finding) => boolean {
  const names = new Set(units.map((unit) => unit.name));
  return ({ subject }) => names.has(subject);
}

export function describeWarnings(findings: readonly Finding[]): string {
  return `${String(findings.filter((item) => item.severity === 'warning').length)} warning(s)`;
}

export function describePlan(plan: NonNullable<PreflightResult['plan']>): string {
  return `${String(plan.indices)} indices and ${String(plan.dataStreams)} data streams, ${plan.documents.toLocaleString('en-US')} documents`;
}
