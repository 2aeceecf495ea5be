/**
 * Checks the Kibana of a connection: reached, trusted, a Kibana, ready, and does it let Godwit in. Changes nothing there.
 *
 * The first problem is reported, with what to do about it.
 */
import type { ConnectionConfig } from '../config/connection-config.js';
import type { Redactor } from '../config/redact.js';
import type { KibanaCheck } from '../contracts/connections.js';
import { GodwitError, boundedMessage } from '../domain/errors.js';
import { diagnose, problemOf } from '../elasticsearch/check-problems.js';
import type { Kibanas } from './kibana.js';
import { listSpaces } from './spaces.js';
import { fetchStatus } from './status.js';

/** A healthy Kibana answers in well under a second; a person waits for this. */
const CHECK_TIMEOUT_MS = 10_000;

/** Codes of a Kibana, or whatever else is there, that did answer. */
const ANSWERS: readonly string[] = ['NotKibana', 'Unavailable', 'AuthenticationRejected', 'PrivilegeMissing', 'KibanaRejected'];

const silent = (url: string): GodwitError =>
  new GodwitError('Timeout', `Kibana at ${url} did not answer in time`, { remedy: 'Check that Kibana runs and is not overloaded, and kibana.url of the connection.' });

/**
 * Never throws for what is wrong with the Kibana: that is the answer.
 *
 * @returns null if the connection names none
 */
export async function checkKibana(kibanas: Kibanas, config: ConnectionConfig, redact: Redactor, signal?: AbortSignal): Promise<KibanaCheck | null> {
  if (config.kibana === null) return null;
  const url = config.kibana.urls[0] ?? '';
  const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const within = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let answer: KibanaCheck = { ok: false, reachable: false, url, version: null, spaces: null, problem: null, message: null, remedy: null };
  try {
    const kibana = kibanas.get(config.name);
    // Asked anew: what is remembered of it may be from before it went away.
    const { version } = await fetchStatus(kibana, within);
    answer = { ...answer, reachable: true, version };
    // Whether the status needs a login is a setting of Kibana; the spaces always do.
    const spaces = await listSpaces(kibana, within);
    return { ...answer, ok: true, spaces: spaces.length };
  } catch (error) {
    signal?.throwIfAborted();
    const known = timeout.aborted ? silent(url) : error instanceof GodwitError ? error : new GodwitError('NotKibana', `what answers at ${url} does not answer as Kibana does`);
    const found = (await diagnose(url, known.cause, known, signal)) ?? problemOf(known);
    const isReachable = answer.reachable || ANSWERS.includes(known.code) || found.isReachable === true;
    return { ...answer, reachable: isReachable, problem: found.problem, message: boundedMessage(redact(found.message)), remedy: boundedMessage(redact(found.remedy)) };
  }
}
