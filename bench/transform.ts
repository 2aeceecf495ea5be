/** What a transform costs a document in CPU time: steps, and a module in its sandbox. No servers: `npm run bench:transform`. */
import type { PlainStep } from '../src/contracts/transform.js';
import { ModuleSandbox } from '../src/transfer/module-sandbox.js';
import { applySteps } from '../src/transfer/transform.js';

const MEMORY_BYTES = 256 * 1024 * 1024;

const document = (fields: number, text: string): Buffer =>
  Buffer.from(JSON.stringify(Object.fromEntries(Array.from({ length: fields }, (_, at) => [`field_${String(at)}`, at % 3 === 0 ? at * 1_000 : `${text} ${String(at)}`]))));

const small = document(12, 'value of the field number');
const DOCUMENTS: readonly (readonly [name: string, document: Buffer, times: number])[] = [
  [`${String(small.length)} bytes`, small, 20_000],
  [`${String(small.length + 2)} bytes, one number that JavaScript would write otherwise`, Buffer.from(small.toString().replace('"field_3":3000', '"field_3":3000.0')), 20_000],
  ['19 KB', document(200, 'value of the field number '.repeat(4)), 1_000],
];

const STEPS: readonly PlainStep[] = [
  { op: 'rename', field: 'field_1', to: 'first' },
  { op: 'convert', field: 'field_0', to: 'string' },
  { op: 'remove', field: 'field_2' },
];

/** @returns microseconds of CPU, of this process, for each call */
function cost(run: () => unknown, times: number): string {
  for (let at = 0; at < times / 5; at += 1) run();
  const before = process.cpuUsage();
  for (let at = 0; at < times; at += 1) run();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / times).toFixed(1);
}

const MODULES = {
  'module that returns the document': 'export default (document) => document;',
  'module that adds, removes and reads': 'export default (document) => { document.sum = document.field_0 + 1; delete document.field_1; return document; };',
};

const opened = performance.now();
const sandboxes = await Promise.all(Object.entries(MODULES).map(async ([name, text]) => [name, await ModuleSandbox.open({ name: 'bench.js', text }, MEMORY_BYTES)] as const));
console.log(`two sandboxes opened in ${(performance.now() - opened).toFixed(0)} ms`);
for (const [name, bytes, times] of DOCUMENTS) {
  console.log(`${name} (${String(bytes.length)} bytes)`);
  console.log(`  three steps: ${cost(() => applySteps(STEPS, bytes), times)} us`);
  for (const [module, sandbox] of sandboxes) console.log(`  ${module}: ${cost(() => sandbox.change(bytes), times)} us`);
}
for (const [, sandbox] of sandboxes) sandbox.dispose();
