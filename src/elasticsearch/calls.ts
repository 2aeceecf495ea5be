/** Calls to a cluster whose errors come out with a code of the error table. */
import { errors } from '@elastic/elasticsearch';
import { z } from 'zod';
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

const BodySchema = z.object({ error: z.union([z.string(), z.object({ type: z.string().optional() })]) });

/** `error.type` of an error answer; null where it has none, as from a proxy or an unknown route. */
export function errorType(error: errors.ResponseError): string | null {
  const body = BodySchema.safeParse(error.body);
  if (!body.success || typeof body.data.error === 'string') return null;
  return body.data.error.type ?? null;
}

/** The API does not exist in this build or kind of cluster. */
export function isUnavailableApi(error: errors.ResponseError): boolean {
  if (error.statusCode === 410 || error.statusCode === 405) return true;
  const type = errorType(error);
  return error.statusCode === 400 && (type === null || type === 'illegal_argument_exception' || type === 'invalid_index_name_exception');
}
