/** How `_source` is compared; `rewritten`: as Elasticsearch would write it anew, numbers rounded. */
import { rewrittenNumber } from '../domain/decimal.js';
import { canonicalJson } from './canonical-json.js';

export type Form = 'exact' | 'canonical' | 'rewritten';

/** null: its bytes. */
export const FORMS: Readonly<Record<Form, ((source: Buffer) => Buffer) | null>> = {
  exact: null,
  canonical: canonicalJson,
  rewritten: (source) => canonicalJson(source, rewrittenNumber),
};
