/** Looks at a transform that comes with a retry, before documents are moved with it. */
import type { Transform } from '../contracts/transform.js';
import { GodwitError, isErrorCode } from '../domain/errors.js';
import { checkTransform } from '../domain/preflight/transform-checks.js';
import { withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { checkModule } from './transform-sample.js';
import { pinTransform } from './transforms.js';

interface NewTransform {
  readonly id: string;
  readonly transform: Transform;
}

/**
 * Notes the digest of its module, and the whole of it in the report. Safe to repeat.
 *
 * @throws ValidationFailed, and what is wrong with its module
 */
async function takeTransform({ store, transforms }: ActivityDeps, { id, transform }: NewTransform): Promise<Transform> {
  const [wrong] = [...checkTransform(transform), ...(await checkModule(transforms, transform, true))];
  if (wrong !== undefined) throw new GodwitError(isErrorCode(wrong.code) ? wrong.code : 'ValidationFailed', wrong.message, { subject: wrong.subject, remedy: wrong.remedy });
  const taken = await pinTransform(transforms, transform);
  const draft = await store.reports.find(id);
  if (draft !== null) await store.reports.save(id, { ...draft, request: { ...draft.request, transform: taken } });
  return taken;
}

export function createNewTransformActivities(deps: ActivityDeps) {
  return { takeTransform: withPulse((input: NewTransform) => takeTransform(deps, input)) };
}
