/** Other clients of a node, which write more into it than it can take. */
import { send, type HttpTarget } from '../servers/http.js';

export interface Flood {
  /** Requests under way at any time. */
  readonly writers: number;
  /** In one request. */
  readonly documents: number;
}

/** Writes into an index until it is told to stop. @returns a function that stops it, and comes back when the last answer is there */
export function floodWrites(node: HttpTarget, index: string, { writers, documents }: Flood): () => Promise<void> {
  let isOn = true;
  const body = '{"index":{}}\n{"text":"some words that take a moment to analyze, and some more of them"}\n'.repeat(documents);
  const one = async (): Promise<void> => {
    while (isOn) await send(node, 'POST', `/${index}/_bulk?filter_path=errors`, body);
  };
  const all = Promise.all(Array.from({ length: writers }, one));
  return async () => {
    isOn = false;
    await all;
  };
}
