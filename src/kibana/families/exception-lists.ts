/**
 * Exception lists with their items. A list is of one space (`single`), or known in every space (`agnostic`, as those of
 * endpoints are): the two kinds are named apart, since both may have a list of the same name.
 */
import { canonical } from '../../domain/saved-objects/comparison.js';
import { about, digest, essence, importFile, ndjson, pages, textOf, withSignal, type Family, type FamilyItem } from './family.js';

const IMPORT = '/api/exception_lists/_import';
const SHARED = 'agnostic:';

export const exceptionLists: Family = {
  async list(kibana, space, signal) {
    const lists = await pages(kibana, { path: '/api/exception_lists/_find', query: [['namespace_type', 'single,agnostic']], ...about('list the exception lists', space), ...withSignal(signal) }, 'data', 'per_page');
    const items: FamilyItem[] = [];
    for (const list of lists) {
      const name = textOf(list, 'list_id');
      if (name === null) continue;
      const kind = textOf(list, 'namespace_type') ?? 'single';
      const query: [string, string][] = [['id', textOf(list, 'id') ?? ''], ['list_id', name], ['namespace_type', kind], ['include_expired_exceptions', 'true']];
      const objects = (await ndjson(kibana, { method: 'POST', path: '/api/exception_lists/_export', query, ...about(`export exception list ${name}`, space), ...withSignal(signal) })).filter((object) => object['list_id'] !== undefined);
      const lines = objects.map((object) => JSON.stringify(object));
      const marks = objects.map((object) => canonical(essence(object))).sort();
      const isShared = kind === 'agnostic';
      items.push({ id: isShared ? `${SHARED}${name}` : name, title: textOf(list, 'name'), mark: digest(marks.join('\n')), bytes: lines.join('\n').length, isEnabled: false, isShared, lines });
    }
    return items;
  },
  write: (target, space, item, isThere) => importFile(target, space, IMPORT, item, [['overwrite', String(isThere)]]),
  restore: (target, space, item) => importFile(target, space, IMPORT, item, [['overwrite', 'true']]),
  async remove(target, space, id) {
    const [name, kind] = id.startsWith(SHARED) ? [id.slice(SHARED.length), 'agnostic'] : [id, 'single'];
    await target.request({ method: 'DELETE', path: '/api/exception_lists', query: [['list_id', name], ['namespace_type', kind]], ...about('delete an exception list', space), expected: [404] });
  },
};
