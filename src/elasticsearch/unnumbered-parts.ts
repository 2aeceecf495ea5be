/** Cuts an index whose documents have no sequence numbers: by a date or a number in it, else it is one part. */
import { chooseField, cutByField, fieldsToCutBy } from '../domain/reindex/field-slices.js';
import type { JsonObject } from '../domain/json.js';
import type { SliceRange } from '../domain/reindex/slice-range.js';
import type { Cluster } from './cluster.js';
import { countRanges } from './count-documents.js';
import { readFieldFacts } from './field-facts.js';
import { readDefinition } from './prepare-index.js';

export interface UnnumberedPart {
  /** null: the whole index. */
  readonly range: SliceRange | null;
  readonly documents: number;
}

/** Read-only. @param partDocuments documents in a part, about */
export async function cutWithoutNumbers(cluster: Cluster, index: string, query: JsonObject | undefined, documents: number, partDocuments: number, signal: AbortSignal): Promise<UnnumberedPart[]> {
  const whole = [{ range: null, documents }];
  if (documents <= partDocuments) return whole;
  const definition = await readDefinition(cluster, index, signal);
  const field = chooseField(await readFieldFacts(cluster, index, query, fieldsToCutBy(definition?.mappings ?? {}), signal));
  return field === null ? whole : cutByField(field, documents, partDocuments, (some) => countRanges(cluster, index, query, some, signal));
}
