/** Timelines of the security solution; an import does not overwrite, so one that is replaced is deleted first. */
import { canonical } from '../../domain/saved-objects/comparison.js';
import { about, digest, essence, importFile, ndjson, pages, textOf, withSignal, type Family } from './family.js';

export const timelines: Family = {
  async list(kibana, space, signal) {
    const known = await pages(kibana, { path: '/api/timelines', ...about('list the timelines', space), ...withSignal(signal) }, 'timeline', 'page_size');
    const ids = known.flatMap((one) => textOf(one, 'savedObjectId') ?? []);
    if (ids.length === 0) return [];
    const objects = await ndjson(kibana, { method: 'POST', path: '/api/timeline/_export', query: [['file_name', 'export.ndjson']], body: { ids }, ...about('export the timelines', space), ...withSignal(signal) });
    return objects.flatMap((one) => {
      const id = textOf(one, 'savedObjectId');
      const line = JSON.stringify(one);
      return id === null ? [] : [{ id, title: textOf(one, 'title'), mark: digest(canonical(essence(one))), bytes: line.length, isEnabled: false, isShared: false, lines: [line] }];
    });
  },
  async write(target, space, item, isThere) {
    if (isThere) await timelines.remove(target, space, item.id);
    await importFile(target, space, '/api/timeline/_import', item, []);
  },
  restore: (target, space, item) => timelines.write(target, space, item, true),
  async remove(target, space, id) {
    await target.request({ method: 'DELETE', path: '/api/timeline', body: { savedObjectIds: [id] }, ...about('delete a timeline', space), expected: [404] });
  },
};
