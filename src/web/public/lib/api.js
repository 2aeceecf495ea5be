/** The HTTP API: calls with the token of the session, and problem documents as errors. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { changeSession, token } from './session.js';

/** @typedef {import('../../../contracts/problem.js').Problem} Problem */
/** @typedef {import('../../../contracts/migration.js').Migration} Migration */

/** What the API refused, or that it did not answer (status 0). */
export class ApiError extends Error {
  /** @param {Pick<Problem, 'title' | 'status' | 'detail'> & Partial<Problem>} problem */
  constructor(problem) {
    super(problem.detail);
    this.name = 'ApiError';
    this.title = problem.title;
    this.status = problem.status;
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId ?? null;
  }
}

/** @param {Response} response @returns {Promise<ApiError>} */
async function refusal(response) {
  const problem = await response.json().catch(() => null);
  if (typeof problem?.detail === 'string') return new ApiError(problem);
  return new ApiError({ title: 'Unexpected answer', status: response.status, detail: `The server answered ${response.status} ${response.statusText}.` });
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>} a good one
 * @throws {ApiError}
 */
export async function request(path, init = {}) {
  const sent = token();
  const headers = new Headers(init.headers);
  if (sent !== null) headers.set('authorization', `Bearer ${sent}`);
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    changeSession({ isAnswering: false });
    throw new ApiError({ title: 'No answer', status: 0, detail: 'The Godwit API does not answer. Migrations go on without it: the workers do the work.' });
  }
  changeSession({ isAnswering: true });
  if (response.ok) return response;
  // A token that was replaced meanwhile says nothing about the new one.
  if (response.status === 401 && token() === sent) changeSession({ needsToken: true, wasRefused: sent !== null, mayControl: null });
  if (response.status === 403) changeSession({ mayControl: false });
  throw await refusal(response);
}

/** @param {string} path @param {AbortSignal} [signal] @returns {Promise<any>} */
export async function get(path, signal) {
  return (await request(path, signal === undefined ? {} : { signal })).json();
}

/** @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers] @returns {Promise<any>} */
export async function post(path, body = {}, headers = {}) {
  const response = await request(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  return response.json();
}

/** @param {string} id @returns {string} */
export function migrationPath(id) {
  return `/v1/migrations/${encodeURIComponent(id)}`;
}

/** @param {Record<string, string | null | undefined>} query @returns {string} with its question mark, without what is empty */
export function queryString(query) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined && value !== '') search.set(name, value);
  return search.size === 0 ? '' : `?${search}`;
}

/** Finds out whether the session may control. */
export async function probeRole() {
  try {
    const { role } = await get('/v1/whoami');
    changeSession({ mayControl: role !== 'viewer' });
  } catch (error) {
    // A missing token is asked for, and a lost connection shown, by whatever the page loads.
    if (!(error instanceof ApiError)) throw error;
  }
}

/** @param {unknown} error @returns {ApiError} */
export function asApiError(error) {
  if (error instanceof ApiError) return error;
  return new ApiError({ title: 'The page failed', status: -1, detail: error instanceof Error ? error.message : String(error) });
}
