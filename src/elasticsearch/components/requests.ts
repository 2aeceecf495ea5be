/** Sends the requests that a kind of component is made of. */
import type { Cluster } from '../cluster.js';
import { call } from '../calls.js';
import type { ApiRequest } from '../../domain/components/kind.js';
import { JsonSchema, type Json } from '../../domain/json.js';

/** @throws what the client throws, for a caller that reads the refusal */
export async function sendPlain(cluster: Cluster, { method, path, query, body, timeoutMs }: ApiRequest, signal: AbortSignal): Promise<Json> {
  const answer = await cluster.client.transport.request(
    { method, path, ...(query === undefined ? {} : { querystring: { ...query } }), ...(body === undefined ? {} : { body }) },
    { signal, ...(timeoutMs === undefined ? {} : { requestTimeout: timeoutMs }) },
  );
  return JsonSchema.parse(answer);
}

/** @throws GodwitError */
export async function sendRequest(cluster: Cluster, context: { action: string; subject: string }, request: ApiRequest, signal: AbortSignal): Promise<Json> {
  return call(cluster, context, () => sendPlain(cluster, request, signal));
}
