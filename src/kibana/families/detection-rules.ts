/** Detection rules of the security solution. They arrive disabled: enabled, they would run at once. */
import { canonical } from '../../domain/saved-objects/comparison.js';
import type { Kibana } from '../kibana.js';
import { about, digest, essence, importFile, ndjson, textOf, withSignal, type Family } from './family.js';

const IMPORT = '/api/detection_engine/rules/_import';

export const detectionRules: Family = {
  async list(kibana, space, signal) {
    const objects = await ndjson(kibana, { method: 'POST', path: '/api/detection_engine/rules/_export', query: [['exclude_export_details', 'true'], ['file_name', 'export.ndjson']], ...about('export the detection rules', space), ...withSignal(signal) });
    return objects.flatMap((rule) => {
      const id = textOf(rule, 'rule_id');
      if (id === null) return [];
      // Enabled on arrival it would run at once, before its data is there.
      const line = JSON.stringify({ ...rule, enabled: false });
      return [{ id, title: textOf(rule, 'name'), mark: digest(canonical(essence(rule))), bytes: line.length, isEnabled: rule['enabled'] === true, isShared: false, lines: [line] }];
    });
  },
  write: (target, space, item, isThere) => importFile(target, space, IMPORT, item, [['overwrite', String(isThere)]]),
  async restore(target, space, item) {
    await importFile(target, space, IMPORT, item, [['overwrite', 'true']]);
    if (item.isEnabled) await enableDetectionRule(target, space, item.id);
  },
  async remove(target, space, id) {
    await target.request({ method: 'DELETE', path: '/api/detection_engine/rules', query: [['rule_id', id]], ...about('delete a detection rule', space), expected: [404] });
  },
};

/** Enables a detection rule. Safe to repeat. */
export async function enableDetectionRule(target: Kibana, space: string, id: string): Promise<void> {
  await target.request({ method: 'PATCH', path: '/api/detection_engine/rules', body: { rule_id: id, enabled: true }, ...about(`enable detection rule ${id}`, space) });
}
