/** Calls to a cluster whose errors come out with a code of the error table. */
import { errors } from '@elastic/elasticsearch';
import type { Cluster } from './cluster.js';

interface CallContext {
  /** What is being done, as in "cannot <action>". */
  readonly action: string;
  readonly subject?: string;
}

/** @throws GodwitError */
export async function call<T>(cluster: Cluster, context: CallContext, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw cluster.translate(error, context);
  }
}

/** Like `call`, but null where `isExpected` says that the error is an answer too. */
export async function tryCall<T>(
  cluster: Cluster,
  context: CallContext,
  run: () => Promise<T>,
  isExpected: (error: errors.ResponseError) => boolean,
): Promise<T | null> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof errors.ResponseError && isExpected(error)) return null;
    throw cluster.translate(error, context);
  }
}

/** What was asked for does not exist. */
export function isAbsent(error: errors.ResponseError): boolean {
  return error.statusCode === 404;
}

/** The API does not exist in this build or kind of cluster. */
export function isUnavailableApi(error: errors.ResponseError): boolean {
  if (error.statusCode === 410 || error.statusCode === 405) return true;
  const type = error.body?.error?.type;
  return error.statusCode === 400 && (typeof error.body?.error === 'string' || type === 'illegal_argument_exception' || type === undefined);
}
