/** Writes, replaces and removes one component. Every request is a PUT or DELETE by name, so each may run twice. */
import { randomBytes } from 'node:crypto';
import type { ComponentKind } from '../../contracts/component-kinds.js';
import type { Entry } from '../../domain/components/kind.js';
import { KINDS } from '../../domain/components/kinds.js';
import type { JsonObject } from '../../domain/json.js';
import { isAbsent, tryCall } from '../calls.js';
import type { Cluster } from '../cluster.js';
import { sendPlain, sendRequest } from './requests.js';

/** Nobody is to know it: it keeps a new user from being without one. */
const newPassword = (): string => randomBytes(24).toString('base64url');

const about = (kind: ComponentKind, name: string, verb: string) => ({ action: `${verb} ${KINDS[kind].title} ${name}`, subject: `${kind}/${name}` });

/** @param entry the component as its cluster gave it, for what stands beside the definition */
export async function writeComponent(cluster: Cluster, kind: ComponentKind, entry: Entry, definition: JsonObject, how: { readonly isNew: boolean; readonly isRestoring: boolean }, signal: AbortSignal): Promise<void> {
  const { writes, replace } = KINDS[kind];
  if (!how.isNew && replace === 'remove') await removeComponent(cluster, kind, entry.name, signal);
  for (const request of writes(entry.name, definition, entry, { ...how, password: newPassword() })) await sendRequest(cluster, about(kind, entry.name, 'write'), request, signal);
}

export async function completeComponent(cluster: Cluster, kind: ComponentKind, name: string, signal: AbortSignal): Promise<void> {
  for (const request of KINDS[kind].completes?.(name) ?? []) await sendRequest(cluster, about(kind, name, 'complete'), request, signal);
}

/** What is too large for a list, joined into the definition. */
export async function readBody(cluster: Cluster, kind: ComponentKind, name: string, definition: JsonObject, signal: AbortSignal): Promise<JsonObject> {
  const { body } = KINDS[kind];
  return body === undefined ? definition : body.join(definition, await sendRequest(cluster, about(kind, name, 'read'), body.request(name), signal));
}

export async function removeComponent(cluster: Cluster, kind: ComponentKind, name: string, signal: AbortSignal): Promise<void> {
  for (const request of KINDS[kind].removal(name)) await tryCall(cluster, about(kind, name, 'remove'), () => sendPlain(cluster, request, signal), isAbsent);
}
