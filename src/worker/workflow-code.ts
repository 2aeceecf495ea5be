/**
 * Where the workflows' code comes from: a build has its bundle beside it. Of sources a bundle is made at the first start,
 * and kept for the starts that follow as long as they are the same: bundling takes seconds.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Bundles of other sources are deleted when they have not been made or used for so long. */
const KEEP_MS = 24 * 60 * 60_000;

/** @throws Error when a build has no bundle, which is a broken build */
export async function workflowCode(): Promise<Pick<WorkerOptions, 'workflowBundle'>> {
  if (import.meta.url.endsWith('.ts')) return { workflowBundle: { codePath: await bundleOfSources(join(ROOT, 'node_modules', '.cache', 'godwit')) } };
  // dist/src/worker/workflow-code.js -> dist/workflow-bundle.js, as scripts/after-build.mjs makes it.
  const codePath = join(ROOT, 'workflow-bundle.js');
  if (!existsSync(codePath)) {
    throw new Error(`${codePath} is missing; run npm run build`);
  }
  return { workflowBundle: { codePath } };
}

/** Whoever finds a bundle finds it whole: it gets its name when it is written. @returns its path */
async function bundleOfSources(folder: string): Promise<string> {
  const codePath = join(folder, `workflows-${digestOf(join(ROOT, 'src'), [join(ROOT, 'package-lock.json')])}.js`);
  if (existsSync(codePath)) return codePath;
  const { code } = await bundleWorkflowCode({ workflowsPath: join(ROOT, 'src', 'workflows', 'index.ts'), logger: new DefaultLogger('WARN') });
  mkdirSync(folder, { recursive: true });
  const own = `${codePath}.${String(process.pid)}`;
  writeFileSync(own, code);
  renameSync(own, codePath);
  for (const name of readdirSync(folder).filter((other) => other.startsWith('workflows-'))) {
    const age = Date.now() - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > KEEP_MS) rmSync(join(folder, name), { force: true });
  }
  return codePath;
}

/** Changes with every name and every byte of the TypeScript in a folder, and of the other files. */
export function digestOf(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const name of sources.sort()) hash.update(`${name}\0`).update(readFileSync(join(folder, name))).update('\0');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 32);
}
