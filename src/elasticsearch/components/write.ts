/** Writes, replaces and removes one component. Every request is a PUT or DELETE by name, so each may run twice. */
import { randomBytes } from 'node:crypto';
import type { ComponentKind } from '../../contracts/component-kinds.js';
import type { Entry } from '../../domain/components/kind.js';
import { KINDS } from '../../domain/components/kinds.js';
import { GodwitError, boundedMessage } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import { isAbsent, tryCall } from '../calls.js';
import type { Cluster } from '../cluster.js';
import { sendPlain, sendRequest } from './requests.js';

/** Nobody is to know it: it keeps a new user from being without one. */
const newPassword = (): string => randomBytes(24).toString('base64url');

const about = (kind: ComponentKind, name: string, verb: string) => ({ action: `${verb} ${KINDS[kind].title} ${name}`, subject: `${kind}/${name}` });

interface How {
  /** What the target has of that name. */
  readonly former: Entry | null;
  readonly isRestoring: boolean;
}

/**
 * @param entry the component as its cluster gave it, for what stands beside the definition
 * @throws ElasticsearchRejected also where the answer is a success that says that nothing was changed
 */
export async function writeComponent(cluster: Cluster, kind: ComponentKind, entry: Entry, definition: JsonObject, { former, isRestoring }: How, signal: AbortSignal): Promise<void> {
  const { writes, replace, refusal } = KINDS[kind];
  if (former !== null && replace === 'remove') await removeComponent(cluster, kind, former, signal);
  const context = about(kind, entry.name, 'write');
  for (const request of writes(entry.name, definition, entry, { former: former?.raw ?? null, isRestoring, password: newPassword() })) {
    const answer = await sendRequest(cluster, context, request, signal);
    const refused = refusal?.(answer) ?? null;
    if (refused !== null) throw new GodwitError('ElasticsearchRejected', boundedMessage(`${cluster.connection}: cannot ${context.action}: ${refused}`), { subject: context.subject });
  }
}

export async function completeComponent(cluster: Cluster, kind: ComponentKind, name: string, signal: AbortSignal): Promise<void> {
  for (const request of KINDS[kind].completes?.(name) ?? []) await sendRequest(cluster, about(kind, name, 'complete'), request, signal);
}

/** What is too large for a list, joined into the definition. */
export async function readBody(cluster: Cluster, kind: ComponentKind, name: string, definition: JsonObject, signal: AbortSignal): Promise<JsonObject> {
  const { body } = KINDS[kind];
  return body === undefined ? definition : body.join(definition, await sendRequest(cluster, about(kind, name, 'read'), body.request(name), signal));
}

/** @param present as the cluster has it */
export async function removeComponent(cluster: Cluster, kind: ComponentKind, { name, raw }: Entry, signal: AbortSignal): Promise<void> {
  for (const request of KINDS[kind].removal(name, raw)) await tryCall(cluster, about(kind, name, 'remove'), () => sendPlain(cluster, request, signal), isAbsent);
}
