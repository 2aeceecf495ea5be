/**
 * Loads the sample shop into a cluster: for the demo, for measurements, for a first try by hand.
 */
import { call, send, type HttpTarget } from './http.js';
import { DATA_STREAM, DATA_STREAM_TEMPLATE, Dice, SAMPLE_INDICES, type SampleIndex } from './sample-documents.js';

export interface SampleOptions {
  /** Of all indices together. Default 200,000. */
  documents?: number;
  seed?: number;
  /** Default true. 7.17.8, as it is installed here, has no data streams. */
  dataStream?: boolean;
  onProgress?: (progress: { loaded: number; total: number; bytes: number }) => void;
}

export interface LoadedSample {
  documents: number;
  /** Size of the requests. */
  bytes: number;
  seconds: number;
  /** Documents by name of index or data stream. */
  indices: Record<string, number>;
}

/** Large enough for few round trips, far below the tenth of the heap at which indexing pressure refuses a request. */
const BULK_BYTES = 5_000_000;
const CONNECTIONS = 2;

interface Bulk {
  index: string;
  body: string;
  documents: number;
}

/**
 * Creates the sample's indices and loads their documents; an index that exists already is an error.
 * @throws Error with the first refusal of the cluster
 */
export async function loadSample(target: HttpTarget, options: SampleOptions = {}): Promise<LoadedSample> {
  const { documents: total = 200_000, seed = 1, dataStream = true } = options;
  const started = Date.now();
  const wanted = SAMPLE_INDICES.filter(({ name }) => dataStream || name !== DATA_STREAM);
  if (dataStream) await call(target, 'PUT', '/_index_template/logs-shop', DATA_STREAM_TEMPLATE);
  for (const { name, create } of wanted) if (create !== undefined) await call(target, 'PUT', `/${name}`, create);

  const counts = countsOf(wanted, total);
  const bulks = bulksOf(wanted, counts, seed);
  let [loaded, bytes] = [0, 0];
  const loadUntilDone = async (): Promise<void> => {
    // Both loaders take from the one generator: whoever is free makes the next request.
    for (let next = bulks.next(); next.done !== true; next = bulks.next()) {
      await sendBulk(target, next.value);
      loaded += next.value.documents;
      bytes += Buffer.byteLength(next.value.body);
      options.onProgress?.({ loaded, total, bytes });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loadUntilDone));
  const names = wanted.filter(({ name }) => name !== DATA_STREAM || (counts[name] ?? 0) > 0).map(({ name }) => name);
  await call(target, 'POST', `/${names.join(',')}/_refresh`);
  return { documents: loaded, bytes, seconds: (Date.now() - started) / 1000, indices: counts };
}

/** Shares of the total, rounded; the last one with documents takes the rest. */
function countsOf(indices: readonly SampleIndex[], total: number): Record<string, number> {
  const shares = indices.reduce((sum, { share }) => sum + share, 0);
  const counts = Object.fromEntries(indices.map(({ name, share }) => [name, Math.floor((total * share) / shares)]));
  const last = indices.findLast(({ share }) => share > 0);
  const rest = total - Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (last !== undefined) counts[last.name] = (counts[last.name] ?? 0) + rest;
  return counts;
}

function* bulksOf(indices: readonly SampleIndex[], counts: Record<string, number>, seed: number): Generator<Bulk, void, undefined> {
  for (const [position, { name: index, document }] of indices.entries()) {
    const count = counts[index] ?? 0;
    const dice = new Dice(seed * 1000 + position);
    let [lines, characters, documents]: [string[], number, number] = [[], 0, 0];
    for (let number = 0; document !== undefined && number < count; number += 1) {
      const { id, routing, source } = document(number, dice, count);
      const line = `${JSON.stringify({ create: { _id: id, routing } })}\n${JSON.stringify(source)}\n`;
      lines.push(line);
      characters += line.length;
      documents += 1;
      if (characters < BULK_BYTES && number < count - 1) continue;
      yield { index, body: lines.join(''), documents };
      [lines, characters, documents] = [[], 0, 0];
    }
  }
}

interface BulkAnswer {
  errors: boolean;
  items: { create: { error?: { type: string; reason: string } } }[];
}

async function sendBulk(target: HttpTarget, { index, body }: Bulk): Promise<void> {
  const { status, body: answer } = await send<BulkAnswer>(target, 'POST', `/${index}/_bulk?filter_path=errors,items.*.error`, body);
  if (status !== 200) throw new Error(`loading into ${index} was answered with ${status}: ${JSON.stringify(answer).slice(0, 500)}`);
  if (!answer.errors) return;
  const first = answer.items.find(({ create }) => create.error !== undefined)?.create.error;
  throw new Error(`${index} refused a document: ${first?.type ?? ''} ${first?.reason ?? ''}`);
}
