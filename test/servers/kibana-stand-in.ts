/**
 * A stand-in for Kibana, which cannot be run here: a stateful HTTP server that follows contracts.md, section 1, and refuses
 * what the real one refuses. What it shows about Godwit holds only as far as it is like Kibana.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import type { Certificate } from './certificates.js';
import { featureRoute, newFeatures, type Features } from './kibana-features.js';
import { ObjectStore, Refusal, type RetryBody, type TypeInfo } from './kibana-objects.js';

export interface KibanaOptions {
  readonly version: string;
  readonly flavor?: 'traditional' | 'serverless';
  readonly username?: string;
  readonly password?: string;
  /** Changes the types that are known here; null removes one. */
  readonly types?: Readonly<Record<string, TypeInfo | null>>;
  readonly maxImportExportSize?: number;
  readonly maxImportPayloadBytes?: number;
  /** Speaks HTTPS with it. */
  readonly certificate?: Pick<Certificate, 'certificate' | 'keyFile'>;
}

export interface SeenRequest {
  readonly method: string;
  readonly space: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

export interface StandInSpace {
  id: string;
  name: string;
  disabledFeatures: string[];
  [field: string]: unknown;
}

/** The types of Kibana 8.19, with the versions of their last migrations in form. */
const TYPES: Readonly<Record<string, TypeInfo>> = {
  ...Object.fromEntries(['visualization', 'lens', 'map', 'search', 'query', 'tag', 'links', 'canvas-workpad', 'canvas-element', 'event-annotation-group', 'graph-workspace', 'osquery-pack', 'osquery-saved-query', 'slo', 'apm-indices', 'infrastructure-monitoring-log-view', 'ml-trained-model'].map((type) => [type, { version: '8.0.0' }])),
  ...{ dashboard: { version: '10.2.0' }, 'index-pattern': { version: '8.0.0' } },
  ...{ config: { version: '8.9.0', single: true }, url: { version: '8.0.0', single: true } },
  ...{ alert: { version: '10.1.0', hidden: true }, action: { version: '10.1.0', hidden: true }, cases: { version: '8.7.0', hidden: true } },
};

interface Form {
  readonly file: string;
  readonly fileName: string;
  readonly fields: Readonly<Record<string, string>>;
}

export class KibanaStandIn {
  readonly objects: ObjectStore;
  readonly spaces = new Map<string, StandInSpace>([['default', { id: 'default', name: 'Default', disabledFeatures: [], _reserved: true }]]);
  readonly features: Features = newFeatures();
  readonly seen: SeenRequest[] = [];
  readonly uuid = randomUUID();
  /** Called before a request is carried out; may wait, or answer by throwing a Refusal. */
  before: (request: { method: string; space: string; path: string }) => Promise<void> | void = () => undefined;
  /** Called after a request was carried out and before it is answered: where an answer can be lost. */
  after: (request: { method: string; space: string; path: string }) => Promise<void> | void = () => undefined;
  readonly #server: Server;
  readonly #options: KibanaOptions;
  url = '';

  constructor(options: KibanaOptions) {
    this.#options = options;
    const types = new Map(Object.entries(TYPES));
    for (const [type, info] of Object.entries(options.types ?? {})) {
      if (info === null) types.delete(type);
      else types.set(type, info);
    }
    this.objects = new ObjectStore(types, { maxImportExportSize: options.maxImportExportSize ?? 10_000 });
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    const { certificate } = options;
    this.#server = certificate === undefined ? createServer(answer) : createSecureServer({ cert: certificate.certificate, key: readFileSync(certificate.keyFile) }, answer);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `${this.#options.certificate === undefined ? 'http' : 'https'}://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  count(path: string, method = 'POST'): number {
    return this.seen.filter((request) => request.method === method && request.path === path).length;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const prefix = /^\/s\/([^/]+)(?=\/)/.exec(url.pathname);
    const space = decodeURIComponent(prefix?.[1] ?? 'default');
    const path = url.pathname.slice(prefix?.[0].length ?? 0);
    const method = request.method ?? 'GET';
    let [status, body, type] = [200, '', 'application/json; charset=utf-8'];
    let bytes = 0;
    try {
      this.#authenticate(request, path);
      if (!['GET', 'HEAD'].includes(method) && request.headers['kbn-xsrf'] === undefined && request.headers['kbn-version'] === undefined) throw new Refusal(400, 'Request must contain a kbn-xsrf header.');
      if (this.#options.flavor === 'serverless' && request.headers['elastic-api-version'] === undefined) throw new Refusal(400, 'Please specify a version via elastic-api-version header. Available versions: [2023-10-31]');
      if (!this.spaces.has(space)) throw new Refusal(404, `Saved object [space/${space}] not found`);
      const raw = await this.#read(request);
      bytes = raw.length;
      await this.before({ method, space, path });
      const answer = this.#route(method, space, path, url.searchParams, request, raw);
      await this.after({ method, space, path });
      if (answer === undefined) status = 204;
      else if (typeof answer === 'string') [body, type] = [answer, 'application/ndjson'];
      else body = JSON.stringify(answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      status = error.status;
      const titles: Readonly<Record<number, string>> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict', 413: 'Request Entity Too Large', 415: 'Unsupported Media Type', 422: 'Unprocessable Entity', 503: 'Service Unavailable' };
      body = JSON.stringify(
        path.startsWith('/api/detection_engine') || path.startsWith('/api/exception_lists') || path.startsWith('/api/lists')
          ? { message: error.message, status_code: error.status }
          : { statusCode: error.status, error: titles[error.status] ?? 'Internal Server Error', message: error.message, ...(error.attributes === undefined ? {} : { attributes: error.attributes }) },
      );
    }
    this.seen.push({ method, space, path, status, bytes });
    response.writeHead(status, { 'content-type': type, 'kbn-name': 'stand-in', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  }

  #authenticate(request: IncomingMessage, path: string): void {
    const { username, password } = this.#options;
    if (username === undefined) return;
    const wanted = `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
    if (request.headers.authorization !== wanted) throw new Refusal(401, `[security_exception\n\tRoot causes:\n\t\tsecurity_exception: unable to authenticate user [${username}] for REST request [${path}]]`);
  }

  async #read(request: IncomingMessage): Promise<Buffer> {
    const limit = this.#options.maxImportPayloadBytes ?? 26_214_400;
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request) {
      length += (chunk as Buffer).length;
      if (length <= limit) chunks.push(chunk as Buffer);
    }
    if (length > limit) throw new Refusal(413, `Payload content length greater than maximum allowed: ${String(limit)}`);
    return Buffer.concat(chunks);
  }

  #route(method: string, space: string, path: string, query: URLSearchParams, request: IncomingMessage, raw: Buffer): object | string | undefined {
    const json = (): Record<string, unknown> => {
      if (raw.length === 0) throw new Refusal(400, '[request body]: expected a plain object value, but found [null] instead.');
      return JSON.parse(raw.toString());
    };
    const flag = (name: string): boolean => query.get(name) === 'true';
    switch (`${method} ${path}`) {
      case 'GET /api/status':
        return { name: 'stand-in', uuid: this.uuid, version: { number: this.#options.version, build_flavor: this.#options.flavor ?? 'traditional', build_snapshot: false }, status: { overall: { level: 'available', summary: 'All services and plugins are available' } } };
      case 'POST /api/saved_objects/_export':
        return this.objects.export(space, json());
      case 'POST /api/saved_objects/_import':
        if (flag('overwrite') && flag('createNewCopies')) throw new Refusal(400, '[request query]: cannot use [overwrite] with [createNewCopies]');
        return this.objects.import(space, formOf(request, raw).file, { overwrite: flag('overwrite'), createNewCopies: flag('createNewCopies') });
      case 'POST /api/saved_objects/_resolve_import_errors': {
        const form = formOf(request, raw);
        return this.objects.resolve(space, form.file, JSON.parse(form.fields['retries'] ?? '[]') as RetryBody[], flag('createNewCopies'));
      }
      case 'GET /api/saved_objects/_find':
        if (this.#options.flavor === 'serverless') throw new Refusal(400, `uri [${path}] with method [get] exists but is not available with the current configuration`);
        return this.objects.find(space, query);
      case 'POST /api/saved_objects/_bulk_delete': {
        const keys = JSON.parse(raw.toString()) as { type: string; id: string }[];
        return {
          statuses: keys.map((key) => {
            const found = this.objects.get(space, key);
            if (this.objects.types.get(key.type)?.hidden === true) return { ...key, success: false, error: { statusCode: 400, error: 'Bad Request', message: `Unsupported saved object type: '${key.type}'` } };
            if (found !== undefined && found.namespaces.length > 1) return { ...key, success: false, error: { statusCode: 400, error: 'Bad Request', message: 'Unable to delete saved object id: it exists in multiple namespaces, use the "force" option to delete all of them.' } };
            return this.objects.remove(space, key) ? { ...key, success: true } : { ...key, success: false, error: { statusCode: 404, error: 'Not Found', message: `Saved object [${key.type}/${key.id}] not found` } };
          }),
        };
      }
      case 'GET /api/spaces/space':
        return [...this.spaces.values()];
      case 'POST /api/spaces/space':
        return this.#createSpace(json() as unknown as StandInSpace);
    }
    const named = /^\/api\/spaces\/space\/([^/]+)$/.exec(path)?.[1];
    if (named !== undefined && method === 'DELETE') {
      if (named === 'default') throw new Refusal(400, 'The default space cannot be deleted because it is reserved.');
      if (!this.spaces.delete(named)) throw new Refusal(404, 'Not Found');
      this.objects.removeSpace(named);
      return undefined;
    }
    return featureRoute(this, method, space, path, query, raw, () => formOf(request, raw));
  }

  #createSpace(body: StandInSpace): StandInSpace {
    if (!/^[a-z0-9_-]+$/.test(body.id)) throw new Refusal(400, '[request body.id]: must be lower case, a-z, 0-9, "_", and "-" are allowed');
    if (typeof body.name !== 'string' || body.name === '') throw new Refusal(400, '[request body.name]: value has length [0] but it must have a minimum length of [1].');
    if (this.#options.flavor === 'serverless' && body['solution'] !== undefined) throw new Refusal(400, '[request body.solution]: a value wasn\'t expected to be present');
    if (this.spaces.has(body.id)) throw new Refusal(409, `A space with the identifier ${body.id} already exists.`);
    const space = { ...body };
    space.disabledFeatures = Array.isArray(body['disabledFeatures']) ? body.disabledFeatures : [];
    this.spaces.set(body.id, space);
    return space;
  }
}

/** @throws Refusal 415 and 400 as Kibana refuses forms */
function formOf(request: IncomingMessage, raw: Buffer): Form {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) throw new Refusal(415, 'Unsupported Media Type');
  const fields: Record<string, string> = {};
  let [file, fileName] = ['', ''];
  for (const part of raw.toString('utf8').split(`--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = part.replace(/^\r\n/, '').split('\r\n\r\n');
    const content = rest.join('\r\n\r\n').replace(/\r\n$/, '');
    const name = /name="([^"]*)"/.exec(head)?.[1] ?? '';
    const givenName = /filename="([^"]*)"/.exec(head)?.[1];
    if (givenName === undefined) fields[name] = content;
    else [file, fileName] = [content, givenName];
  }
  const extension = /\.[^.]*$/.exec(fileName)?.[0] ?? '';
  if (!['.ndjson', '.txt'].includes(extension)) throw new Refusal(400, `Invalid file extension ${extension}`);
  return { file, fileName, fields };
}

export async function startKibana(options: KibanaOptions): Promise<KibanaStandIn> {
  return new KibanaStandIn(options).start();
}
