/** The body of the template from which a data stream is made at the target. Pure. */
import type { ClusterKind } from '../../contracts/names.js';
import type { JsonObject } from '../json.js';
import type { IndexBody } from './mend.js';
import { fitSettings, type FlatSettings } from './target-settings.js';

/** @param newest mappings and settings of its newest backing index at the source. @param target its kind */
export function streamBody(newest: { readonly mappings: JsonObject; readonly settings: FlatSettings }, target: ClusterKind): IndexBody {
  const { create, afterLoad } = fitSettings(newest.settings, target);
  const all: Readonly<Record<string, unknown>> = { ...create, ...afterLoad };
  return {
    settings: Object.fromEntries(Object.entries(all).filter(([name, value]) => value !== null && name !== 'index.hidden')),
    mappings: Object.fromEntries(Object.entries(newest.mappings).filter(([name]) => name !== '_data_stream_timestamp')),
  };
}
