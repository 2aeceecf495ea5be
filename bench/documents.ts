/** The documents that the benchmarks move, the same in every run. */
import { call, type HttpTarget } from '../test/servers/http.js';

export const SHAPE = { settings: { number_of_shards: 1, number_of_replicas: 0 }, mappings: { properties: { message: { type: 'text' }, host: { type: 'keyword' }, at: { type: 'date' } } } };
const WORDS = 'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua'.split(' ');
const BULK_BYTES = 4_000_000;

function documentOf(number: number, documentBytes: number): string {
  let seed = number * 2_654_435_761 + 1;
  const next = (below: number): number => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) % below;
  const fixed = { id: number, host: `web-${String(next(40))}`, at: 1_700_000_000_000 + number * 37, status: 200 + next(5), exact: next(1_000_000) / 7, tags: [WORDS[next(19)], WORDS[next(19)]] };
  let message = '';
  while (message.length < documentBytes - 150) message += `${WORDS[next(19)] ?? ''} `;
  return JSON.stringify({ ...fixed, message });
}

/** Makes an index of so many documents of about so many bytes. @returns bytes of all documents */
export async function fillIndex(source: HttpTarget, index: string, documents: number, documentBytes: number): Promise<number> {
  await call(source, 'PUT', `/${index}`, SHAPE);
  let total = 0;
  for (let from = 0; from < documents; ) {
    let body = '';
    for (; from < documents && body.length < BULK_BYTES; from += 1) {
      const document = documentOf(from, documentBytes);
      total += document.length;
      body += `{"index":{"_id":"id-${String(from)}"}}\n${document}\n`;
    }
    await call(source, 'POST', `/${index}/_bulk?filter_path=errors`, body);
  }
  await call(source, 'POST', `/${index}/_forcemerge?max_num_segments=3`);
  await call(source, 'POST', `/${index}/_refresh`);
  return total;
}
