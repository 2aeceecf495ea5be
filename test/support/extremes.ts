/** Documents that a careless copy would change, and how to see the bytes in which a cluster keeps them. */
import { Agent, request } from 'undici';
import { authorizationOf, type HttpTarget } from '../servers/http.js';

/** The bytes of `_source`, as `GET _doc` answers them: its last member. */
export async function sourceBytes(target: HttpTarget, index: string, id: string, routing?: string): Promise<Buffer> {
  const agent = new Agent({ connect: target.ca === undefined ? {} : { ca: target.ca } });
  const path = `/${index}/_doc/${encodeURIComponent(id)}${routing === undefined ? '' : `?routing=${encodeURIComponent(routing)}`}`;
  const answer = await request(target.url + path, { dispatcher: agent, headers: authorizationOf(target) });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  await agent.close();
  const start = bytes.indexOf('"_source":');
  if (answer.statusCode !== 200 || start === -1) throw new Error(`${id.slice(0, 50)}: ${bytes.toString('utf8', 0, 300)}`);
  return bytes.subarray(start + '"_source":'.length, bytes.length - 1);
}

/** Indexes a document in exactly these bytes. */
export async function putBytes(target: HttpTarget, index: string, { id, routing, source }: Extreme): Promise<void> {
  const agent = new Agent({ connect: target.ca === undefined ? {} : { ca: target.ca } });
  const path = `/${index}/_doc/${encodeURIComponent(id)}${routing === undefined ? '' : `?routing=${encodeURIComponent(routing)}`}`;
  const answer = await request(target.url + path, { method: 'PUT', body: source, dispatcher: agent, headers: { ...authorizationOf(target), 'content-type': 'application/json' } });
  const text = await answer.body.text();
  await agent.close();
  if (answer.statusCode >= 300) throw new Error(`${id.slice(0, 50)}: ${text.slice(0, 500)}`);
}

export interface Extreme {
  readonly id: string;
  readonly routing?: string;
  readonly source: string;
  /** What arrives where that is not the same. */
  readonly arrives?: string;
}

const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`field_${String(at)}`, at]));
export const EXTREMES: readonly Extreme[] = [
  { id: 'numbers', source: '{"k":"x",  "b":9007199254740993,"a":1.0,"c":1e400,"a2":1E5,"f":0.1000000000000000055511151231257827,"i":12345678901234567890,"n":-0,"m":-0.0}' },
  { id: 'escapes', source: '{"u":"\\u00e9é","s":"\\/ \\" \\\\ \\b\\f\\n\\r\\t","z":"\\u0000","h":"\\ud83d\\ude00 😀 𝔾"}' },
  { id: 'empty', source: '{"e":{ },"a":[ ],"s":"","n":null}' },
  { id: 'nothing', source: '{}' },
  { id: 'names', source: '{"o":{"_id":"x","_source":{"_id":"y"}},"hits":{"hits":[{"_id":"z","_source":{}}]},"sort":[1],"pit_id":"p"}' },
  { id: 'brackets in "text"\n', source: '{"t":"}]}{[\\"}","v":"\\\\"}' },
  { id: 'ü€😀/%?#\t\\', source: '{"id":"hard"}' },
  { id: 'x'.repeat(512), source: '{"id":"long"}' },
  { id: '"'.repeat(512), source: '{"id":"long and escaped"}' },
  { id: 'routed', routing: 'a "quoted"\nroute é', source: '{"r":1}' },
  { id: 'pretty', source: '{\r\n  "a": 1.0,\n  "b": [\n 1e400 ]\n}', arrives: '{\r  "a": 1.0,  "b": [ 1e400 ]}' },
  { id: 'around', source: ' \n {"a":1} \n', arrives: '{"a":1}' },
  { id: 'comment', source: '{"a":1, // } "\n "b":2 /* { */}', arrives: '{"a":1,  "b":2 }' },
  { id: 'fields', source: JSON.stringify(fields) },
  { id: 'large', source: largeText(10_000_000) },
];

/** A target needs ten times four times as much heap, from 9.x on. */
export function largeText(bytes: number): string {
  const piece = 'lorem \\"ipsum\\" \\\\ ';
  return `{"t":"${piece.repeat(bytes / piece.length)}"}`;
}
