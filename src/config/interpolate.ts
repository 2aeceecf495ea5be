/**
 * Replaces `${env:NAME}` and `${file:PATH}` in the strings of a parsed file.
 *
 * Done after YAML is parsed, so that a secret with a quote or a colon in it cannot change the structure.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** Collects `path: message`. */
  readonly problems: string[];
  /** Collects every file that was read or should have been, to watch them. */
  readonly files: Set<string>;
}

const REFERENCE = /\$\{([A-Za-z]+):([^}]*)\}/g;

/** Why a file could not be read, in words. */
function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return code === 'EISDIR' ? 'is a folder' : 'cannot be read';
}

/** Reads a file that the connections file names, without its final newline; undefined, with a problem, if it can't be read. */
export function readReferenced(path: string, at: string, around: Surroundings): string | undefined {
  const absolute = isAbsolute(path) ? path : join(around.folder, path);
  around.files.add(absolute);
  try {
    return readFileSync(absolute, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    around.problems.push(`${at}: the file ${path} ${reason(error)}`);
    return undefined;
  }
}

function resolveText(text: string, at: string, around: Surroundings): string {
  return text.replace(REFERENCE, (whole, kind: string, name: string) => {
    if (kind === 'file') return readReferenced(name.trim(), at, around) ?? whole;
    if (kind !== 'env') {
      around.problems.push(`${at}: \${${kind}:...} is not known; use \${env:NAME} or \${file:PATH}`);
      return whole;
    }
    const value = around.env[name.trim()];
    if (value !== undefined && value !== '') return value;
    around.problems.push(`${at}: the environment variable ${name.trim()} is not set`);
    return whole;
  });
}

/** Copies a tree of plain data with the references in its strings replaced; problems are collected with their paths. */
export function interpolate(value: unknown, at: string, around: Surroundings): unknown {
  if (typeof value === 'string') return resolveText(value, at, around);
  if (Array.isArray(value)) return value.map((item, index) => interpolate(item, `${at}[${index}]`, around));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item, at === '' ? key : `${at}.${key}`, around)]),
  );
}
