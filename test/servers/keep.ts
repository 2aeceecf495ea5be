/**
 * Keeps one set of servers running, for working on tests: `npx tsx test/servers/keep.ts FILE`, then
 * `TEST_SERVERS=FILE npx vitest run ...` uses them instead of starting its own. Ctrl-C stops them.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { startSharedServers } from './shared.js';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: npx tsx test/servers/keep.ts FILE');
  process.exit(2);
}
const { servers, stop } = await startSharedServers((line) => console.log(line));
writeFileSync(file, JSON.stringify(servers));
console.log(`described in ${file}`);
const end = async (): Promise<void> => {
  rmSync(file, { force: true });
  await stop();
  process.exit(0);
};
process.once('SIGINT', () => void end());
process.once('SIGTERM', () => void end());
setInterval(() => undefined, 2 ** 30);
