import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openapiDocument } from '../../../src/api/openapi-document.js';

it('is the document that is committed (npm run openapi writes it)', async () => {
  const committed: unknown = JSON.parse(await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'));
  expect(await openapiDocument()).toEqual(committed);
});
