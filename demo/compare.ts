/** The demo's own comparison of both clusters, by plain HTTP and none of Godwit's code. */
import { call, type HttpTarget } from '../test/servers/http.js';
import { count } from './format.js';

export interface Comparison {
  readonly isEqual: boolean;
  readonly lines: readonly string[];
}

/** @param loaded documents by name, as they were loaded */
export async function compare(source: HttpTarget, target: HttpTarget, loaded: Readonly<Record<string, number>>): Promise<Comparison> {
  const rows: { name: string; cells: string[]; isEqual: boolean }[] = [];
  for (const [name, expected] of Object.entries(loaded)) {
    const [there, here] = await Promise.all([documentsOf(source, name), documentsOf(target, name)]);
    rows.push({ name, cells: [expected, there, here].map(count), isEqual: expected === there && there === here });
  }
  const line = (name: string, cells: readonly string[], verdict: string): string => `  ${name.padEnd(20)}${cells.map((cell) => cell.padStart(12)).join('')}   ${verdict}`.trimEnd();
  return {
    isEqual: rows.every((row) => row.isEqual),
    lines: [line('', ['loaded', 'source', 'target'], ''), ...rows.map(({ name, cells, isEqual }) => line(name, cells, isEqual ? 'equal' : 'DIFFERENT'))],
  };
}

async function documentsOf(cluster: HttpTarget, name: string): Promise<number> {
  await call(cluster, 'POST', `/${name}/_refresh`);
  return (await call<{ count: number }>(cluster, 'GET', `/${name}/_count`)).count;
}
