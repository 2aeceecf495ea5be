/**
 * Names at the target. Pure.
 *
 * Elasticsearch applies `rename_pattern` with Java's `replaceAll`; the plan is made here with JavaScript's. Both agree on
 * what is accepted below: numbered groups, no flags, no escapes in the replacement.
 * @see elasticsearch RestoreService: renameIndices
 */
import { GodwitError } from './errors.js';

export interface Rename {
  readonly pattern: string;
  readonly replacement: string;
}

/** Text that Java's replaceAll would read differently from JavaScript's: `\`, `$` without a digit, `$0`. */
const AMBIGUOUS_REPLACEMENT = /\\|\$(?![1-9])/;

/** @throws InvalidRename if the pattern or the replacement cannot be used */
export function compileRename(rename: Rename): (name: string) => string {
  let pattern: RegExp;
  try {
    pattern = new RegExp(rename.pattern, 'g');
  } catch (error) {
    throw new GodwitError('InvalidRename', `rename.pattern is not a regular expression: ${reasonOf(error)}`, { subject: 'rename.pattern' });
  }
  if (AMBIGUOUS_REPLACEMENT.test(rename.replacement)) {
    throw new GodwitError('InvalidRename', 'rename.replacement may hold text and $1 to $9; "\\" and any other "$" are not accepted', {
      subject: 'rename.replacement',
    });
  }
  const groups = groupCount(rename.pattern);
  for (const match of rename.replacement.matchAll(/\$([1-9])/g)) {
    if (Number(match[1]) > groups) {
      throw new GodwitError('InvalidRename', `rename.replacement uses ${match[0]}, but rename.pattern has ${String(groups)} group(s)`, {
        subject: 'rename.replacement',
      });
    }
  }
  return (name) => name.replace(pattern, rename.replacement);
}

function groupCount(pattern: string): number {
  // An alternative that always matches makes the engine report its groups.
  return (new RegExp(`${pattern}|`).exec('')?.length ?? 1) - 1;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error);
}

/** Why Elasticsearch would refuse a name, or null. @see Elasticsearch, Create index API: path parameters */
export function invalidName(name: string): string | null {
  if (name.length === 0) return 'is empty';
  if (name === '.' || name === '..') return 'is "." or ".."';
  if (name !== name.toLowerCase()) return 'has upper case letters';
  if (/[\\/*?"<>| ,#:]/.test(name)) return 'has one of \\ / * ? " < > | , # : or a space';
  if (/^[-_+]/.test(name)) return 'begins with "-", "_" or "+"';
  if (Buffer.byteLength(name) > 255) return 'is longer than 255 bytes';
  return null;
}

export interface RenamePlan {
  /** Source name to target name, for every name that works out. */
  readonly targets: ReadonlyMap<string, string>;
  readonly problems: readonly { readonly subject: string; readonly message: string }[];
}

/** Gives every name its name at the target and says which of them cannot be used. */
export function planNames(names: readonly string[], rename: Rename | undefined): RenamePlan {
  const apply = rename === undefined ? (name: string): string => name : compileRename(rename);
  const targets = new Map<string, string>();
  const takenBy = new Map<string, string>();
  const problems: { subject: string; message: string }[] = [];
  for (const name of names) {
    const target = apply(name);
    const reason = rename === undefined ? null : invalidName(target);
    const other = takenBy.get(target);
    if (reason !== null) problems.push({ subject: name, message: `${name} would become "${target}", which ${reason}` });
    else if (other !== undefined) problems.push({ subject: name, message: `${other} and ${name} would both become ${target}` });
    else {
      targets.set(name, target);
      takenBy.set(target, name);
    }
  }
  return { targets, problems };
}

const BACKING_PREFIX = '.ds-';

/**
 * Name at the target of a data stream's backing index: Elasticsearch renames what follows the prefix.
 * @see elasticsearch RestoreService: renameIndex
 */
export function backingTarget(name: string, rename: Rename | undefined): string {
  if (rename === undefined) return name;
  const apply = compileRename(rename);
  return name.startsWith(BACKING_PREFIX) ? BACKING_PREFIX + apply(name.slice(BACKING_PREFIX.length)) : apply(name);
}

/** Data stream that a backing index belongs to by its name, or null. */
export function streamOfBackingIndex(name: string): string | null {
  return /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6,}$/.exec(name)?.[1] ?? null;
}
