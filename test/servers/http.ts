/**
 * Plain HTTP requests to a test server, with its CA and credentials. No retries, no product code: what a test uses to
 * look at a server must not share mistakes with what it tests.
 */
import { Agent, request } from 'undici';

export interface HttpTarget {
  url: string;
  /** PEM; absent for plain HTTP. */
  ca?: string;
  username?: string;
  password?: string;
}

export interface HttpAnswer<T> {
  status: number;
  body: T;
}

const agents = new Map<string, Agent>();

function agentFor(ca: string | undefined): Agent {
  const key = ca ?? '';
  const agent = agents.get(key) ?? new Agent({ connect: ca === undefined ? {} : { ca }, headersTimeout: 120_000, bodyTimeout: 120_000 });
  agents.set(key, agent);
  return agent;
}

export function authorizationOf(target: HttpTarget): Record<string, string> {
  if (target.username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${target.username}:${target.password ?? ''}`).toString('base64')}` };
}

/**
 * Sends one request and reads the JSON answer, whatever its status.
 * @param body an object is sent as JSON; a string or bytes as they are, as NDJSON
 */
export async function send<T = Record<string, unknown>>(
  target: HttpTarget,
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: object | string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<HttpAnswer<T>> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const contentType = body === undefined ? {} : { 'content-type': isRaw ? 'application/x-ndjson' : 'application/json' };
  const answer = await request(target.url + path, {
    method,
    dispatcher: agentFor(target.ca),
    headers: { ...contentType, ...authorizationOf(target), ...headers },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  const isJson = String(answer.headers['content-type'] ?? '').includes('json');
  return { status: answer.statusCode, body: (isJson && text !== '' ? JSON.parse(text) : text) as T };
}

/** As `send`, for what must succeed. @throws Error with the server's answer for a status from 400 on */
export async function call<T = Record<string, unknown>>(...request: Parameters<typeof send>): Promise<T> {
  const { status, body } = await send<T>(...request);
  if (status < 400) return body;
  const [target, method, path] = request;
  throw new Error(`${method} ${target.url}${path} answered ${status}: ${JSON.stringify(body).slice(0, 1000)}`);
}
