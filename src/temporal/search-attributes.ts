/**
 * Registers Godwit's search attributes in the namespace, and waits until lists can use them.
 *
 * Safe to repeat and to run in several processes at once: an attribute that is there is left alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { temporal } from './proto.js';
import { boundedMessage, GodwitError } from '../domain/errors.js';
import { GODWIT_TYPE, SEARCH_ATTRIBUTE_KEYS } from './search-attribute-keys.js';

const KEYWORD = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

/** The server remembers the attributes of a namespace for some seconds. */
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/** gRPC's number for ALREADY_EXISTS. */
const GRPC_ALREADY_EXISTS = 6;

function refusal(action: string, error: unknown): GodwitError {
  const reason = boundedMessage(isGrpcServiceError(error) ? error.details : String(error), 300);
  return new GodwitError('TemporalUnavailable', `Temporal refused to ${action}: ${reason}`, {
    cause: error,
    remedy: `Create the search attributes ${SEARCH_ATTRIBUTE_KEYS.map((key) => key.name).join(', ')} in the namespace by hand, each as Keyword.`,
  });
}

async function missingAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const listed = await connection.operatorService.listSearchAttributes({ namespace });
  const wrong = SEARCH_ATTRIBUTE_KEYS.find((key) => (listed.customAttributes[key.name] ?? KEYWORD) !== KEYWORD);
  if (wrong !== undefined) {
    throw new Error(`the search attribute ${wrong.name} exists with another type than Keyword`);
  }
  return SEARCH_ATTRIBUTE_KEYS.map((key) => key.name).filter((name) => !Object.hasOwn(listed.customAttributes, name));
}

async function add(connection: Connection, namespace: string, names: readonly string[]): Promise<void> {
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(names.map((name) => [name, KEYWORD])) });
  } catch (error) {
    // Another process was faster.
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
    if (code !== GRPC_ALREADY_EXISTS) {
      throw error;
    }
  }
}

/** A list by the attribute is refused for as long as the server does not know it. */
async function isUsable(connection: Connection, namespace: string): Promise<boolean> {
  try {
    const query = SEARCH_ATTRIBUTE_KEYS.map((key) => `${key.name} = 'none'`).join(' AND ');
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch {
    return false;
  }
}

/**
 * @throws TemporalUnavailable when they are missing and cannot be added (Temporal Cloud: add them by hand or with
 *   tcld), or do not become usable within a minute
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  // The usual case, in one call, which also works where the operator service is closed.
  if (await isUsable(connection, namespace)) {
    return;
  }
  try {
    const missing = await missingAttributes(connection, namespace);
    if (missing.length > 0) {
      await add(connection, namespace, missing);
    }
  } catch (error) {
    throw refusal('register search attributes', error);
  }
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    if (await isUsable(connection, namespace)) {
      return;
    }
  }
  throw refusal(`list by ${GODWIT_TYPE.name}`, new Error(`not usable after ${READY_TIMEOUT_MS / 1_000} s`));
}
