/** Value lists. What is missing is added, since an import of values that are there would have them twice. */
import { JsonObjectSchema } from '../../domain/json.js';
import { canonical } from '../../domain/saved-objects/comparison.js';
import type { Kibana } from '../kibana.js';
import { linesOf } from '../ndjson.js';
import { LONG_MS, about, digest, importFile, pages, textOf, withSignal, type Family, type FamilyItem } from './family.js';

async function valuesOf(kibana: Kibana, space: string, id: string, signal?: AbortSignal): Promise<string[]> {
  const { status, chunks } = await kibana.stream({ method: 'POST', path: '/api/lists/items/_export', query: [['list_id', id]], ...about(`export value list ${id}`, space), timeoutMs: LONG_MS, expected: [404], ...withSignal(signal) });
  const values: string[] = [];
  for await (const line of linesOf(chunks)) if (status !== 404) values.push(line);
  return values;
}

export const valueLists: Family = {
  async list(kibana, space, signal) {
    const items: FamilyItem[] = [];
    for (const list of await pages(kibana, { path: '/api/lists/_find', ...about('list the value lists', space), ...withSignal(signal) }, 'data', 'per_page')) {
      const id = textOf(list, 'id');
      if (id === null) continue;
      const values = await valuesOf(kibana, space, id, signal);
      const head = { id, name: textOf(list, 'name') ?? id, type: textOf(list, 'type') ?? 'keyword', description: textOf(list, 'description') ?? '' };
      const mark = digest(`${canonical(head)}\n${[...new Set(values)].sort().join('\n')}`);
      items.push({ id, title: head.name, mark, bytes: values.join('\n').length, isEnabled: false, isShared: false, lines: [JSON.stringify(head), ...values] });
    }
    return items;
  },
  /** Adds what is missing, so that values are not there twice after a second try. */
  async write(target, space, item) {
    await target.request({ method: 'POST', path: '/api/lists/index', ...about('make the indices of value lists', space), expected: [400, 409] });
    const [head = '{}', ...values] = item.lines;
    await target.request({ method: 'POST', path: '/api/lists', body: JsonObjectSchema.parse(JSON.parse(head)), ...about(`make value list ${item.id}`, space), expected: [409] });
    const there = new Set(await valuesOf(target, space, item.id));
    const missing = values.filter((value) => !there.has(value));
    if (missing.length > 0) await importFile(target, space, '/api/lists/items/_import', { ...item, lines: missing }, [['list_id', item.id], ['refresh', 'true']], 'godwit.txt');
  },
  /** Anew: values that were added go only with the list. */
  async restore(target, space, item) {
    await valueLists.remove(target, space, item.id);
    await valueLists.write(target, space, item, false);
  },
  async remove(target, space, id) {
    await target.request({ method: 'DELETE', path: '/api/lists', query: [['id', id]], ...about('delete a value list', space), expected: [404] });
  },
};
