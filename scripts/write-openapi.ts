/** Writes the OpenAPI document of the API to `docs/openapi.json`, where a test compares it with the code. */
import { writeFile } from 'node:fs/promises';
import { openapiDocument } from '../src/api/openapi-document.js';

const target = new URL('../docs/openapi.json', import.meta.url);
await writeFile(target, `${JSON.stringify(await openapiDocument(), null, 2)}\n`);
process.stdout.write('docs/openapi.json written\n');
