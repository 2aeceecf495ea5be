/** The preflight of a migration: stops where the request can never work, parks where a person can help. The same for every type. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { PreflightOutcome } from '../activities/preflight-outcome.js';
import type { Control } from './control.js';

/**
 * @param look reads both sides; `excluded` are the names that a person skipped
 * @param sizes what is to be moved, as the progress counts it
 */
export async function preflightStep(
  control: Control,
  look: (excluded: readonly string[]) => Promise<PreflightOutcome>,
  sizes: (plan: NonNullable<PreflightOutcome['plan']>) => { readonly documents: number; readonly bytes: number },
): Promise<void> {
  const excluded: string[] = [];
  for (;;) {
    const result = await control.attempt('preflight', 'preflight', () => look([...excluded]));
    if (result.transform !== undefined) {
      control.transform = result.transform;
      control.isTransformNew = false;
    }
    if (result.plan !== null) {
      const { documents, bytes } = sizes(result.plan);
      control.state.progress = { documents: { done: 0, total: documents }, bytes: { done: 0, total: bytes } };
    }
    if (result.errors.length === 0) {
      control.detail('preflight', result.summary);
      return;
    }
    if (result.isHopeless) throw hopeless(result.errors);
    control.detail('preflight', `${String(result.errors.length)} finding(s) to mend before anything is touched`);
    for (const item of result.errors) {
      control.raise('preflight', { subject: item.subject, code: item.code, message: item.message, remedy: item.remedy, isSkippable: item.isSkippable, isTransient: false });
    }
    for (const decision of await control.nextDecisions(null)) if (decision.action === 'skip') excluded.push(decision.subject);
    for (const item of result.errors) control.clear(item.subject);
  }
}

function hopeless(errors: readonly { code: string; message: string; remedy: string }[]): ApplicationFailure {
  const [first] = errors;
  return ApplicationFailure.nonRetryable(errors.map((item) => item.message).join('; '), first?.code ?? 'ValidationFailed', {
    remedy: first?.remedy,
  });
}
