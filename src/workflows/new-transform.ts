/** A transform that came after the request: with the digest of its module, from preflight; or another one, with a retry. */
import { isCancellation, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { StepName } from '../contracts/names.js';
import type { MigrationRequest } from '../contracts/requests.js';
import { startOperation } from './activity-options.js';
import type { Control } from './control.js';
import { toFailure } from './failures.js';
import { subjectOf, type RowKey } from './ledger-loop.js';

const start = proxyActivities<Activities>(startOperation);

/** The request as it is now. */
export function withTransform<Request extends MigrationRequest>(control: Control, request: Request): Request {
  return control.transform === null ? request : { ...request, transform: control.transform };
}

/**
 * Looks at a transform that came with a retry, before anything is moved with it.
 *
 * @param request as it is now, with that transform
 * @returns false if it cannot be used: the rows need attention again, and the next retry looks again
 */
export async function takeNewTransform(control: Control, step: StepName, id: string, request: MigrationRequest, rows: readonly RowKey[]): Promise<boolean> {
  if (!control.isTransformNew || request.type !== 'copy' || request.transform === undefined) return true;
  const { transform } = request;
  try {
    const taken = await start.takeTransform({ id, transform });
    // Another retry may have brought yet another one meanwhile.
    if (control.transform === transform) {
      control.transform = taken;
      control.isTransformNew = false;
    }
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = toFailure(error);
    for (const row of rows) control.raise(step, { ...failure, subject: subjectOf(row), isSkippable: true });
    return false;
  }
}
