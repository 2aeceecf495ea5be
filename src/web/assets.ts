/**
 * The files of the dashboard: its own from `public/`, the libraries from node_modules, and the words of the contracts
 * as a module, so that the page spells no status or type by itself.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as names from '../contracts/names.js';
import { ON_EXISTING } from '../contracts/requests.js';

export interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly body: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Libraries that the page imports: by which name, from which file of which package, and where they are served. */
export const VENDOR_MODULES = [
  { specifier: 'preact', from: 'preact', file: 'dist/preact.mjs', path: '/assets/vendor/preact.js' },
  { specifier: 'preact/hooks', from: 'preact', file: 'hooks/dist/hooks.mjs', path: '/assets/vendor/preact-hooks.js' },
  { specifier: 'htm', from: 'htm', file: 'dist/htm.module.js', path: '/assets/vendor/htm.js' },
  { specifier: 'uplot', from: 'uplot', file: 'dist/uPlot.esm.js', path: '/assets/vendor/uplot.js' },
] as const;
const VENDOR_STYLES = [{ from: 'uplot', file: 'dist/uPlot.min.css', path: '/assets/vendor/uplot.css' }] as const;

const require = createRequire(import.meta.url);

/** Beside this module, or, in a build that has not copied them, in the sources. */
function publicFolder(): string {
  const folders = ['./public/', '../../../src/web/public/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = folders.find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`the dashboard's files are missing: looked for ${folders.join(' and ')}`);
  return found;
}

/** Walks up from the entry point, since a package need not export its package.json. */
function packageFolder(name: string): string {
  let folder = dirname(require.resolve(name));
  while (!existsSync(join(folder, 'package.json')) || !folder.endsWith(name)) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`the package ${name} cannot be found`);
    folder = parent;
  }
  return folder;
}

export function assetOf(name: string, body: Buffer): Asset {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { type: TYPES[extname(name)] ?? 'application/octet-stream', etag, body };
}

function wordsModule(): string {
  const { MIGRATION_TYPES, MIGRATION_STATUSES, FINAL_STATUSES, SLICE_STATUSES, STEP_NAMES, VERIFY_MODES } = names;
  const words = { MIGRATION_TYPES, MIGRATION_STATUSES, FINAL_STATUSES, SLICE_STATUSES, STEP_NAMES, VERIFY_MODES, ON_EXISTING };
  return Object.entries(words)
    .map(([name, list]) => `export const ${name} = Object.freeze(${JSON.stringify(list)});\n`)
    .join('');
}

/** @returns by path; the page itself is not among them */
export async function readAssets(): Promise<ReadonlyMap<string, Asset>> {
  const folder = publicFolder();
  const own = (await readdir(folder, { recursive: true })).filter((file) => extname(file) in TYPES);
  const assets = new Map<string, Asset>();
  for (const file of own) assets.set(`/assets/${file.replaceAll('\\', '/')}`, assetOf(file, await readFile(join(folder, file))));
  for (const { from, file, path } of [...VENDOR_MODULES, ...VENDOR_STYLES]) {
    assets.set(path, assetOf(path, await readFile(join(packageFolder(from), file))));
  }
  assets.set('/assets/words.js', assetOf('words.js', Buffer.from(wordsModule())));
  return assets;
}
