/** Cuts an index whose documents have no sequence numbers: by a date or a number in it, else it is one slice. */
import { chooseField, cutByField, fieldsToCutBy } from '../domain/reindex/field-slices.js';
import type { JsonObject } from '../domain/json.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { countRanges } from '../elasticsearch/count-documents.js';
import { readFieldFacts } from '../elasticsearch/field-facts.js';
import { readDefinition } from '../elasticsearch/prepare-index.js';
import { cancellationSignal } from './context.js';
import type { SourceRange } from './reindex-targets.js';

/** Read-only. */
export async function cutWithoutNumbers(source: Cluster, index: string, query: JsonObject | undefined, documents: number, sliceDocuments: number): Promise<SourceRange[]> {
  const whole = [{ source: index, range: null, documents }];
  if (documents <= sliceDocuments) return whole;
  const signal = cancellationSignal();
  const definition = await readDefinition(source, index, signal);
  const field = chooseField(await readFieldFacts(source, index, query, fieldsToCutBy(definition?.mappings ?? {}), signal));
  if (field === null) return whole;
  const parts = await cutByField(field, documents, sliceDocuments, (some) => countRanges(source, index, query, some, signal));
  return parts.map((part) => ({ source: index, ...part }));
}
