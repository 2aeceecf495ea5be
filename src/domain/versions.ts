/**
 * Which versions go together. Pure.
 *
 * A snapshot never restores into an older version, nor more than one major ahead; what counts for a single index is
 * the version that created it.
 * @see Elasticsearch documentation, Snapshot and restore: version compatibility
 */

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** `8.19.8`; what is missing or no number counts as 0. */
export function parseVersion(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return { major, minor, patch };
}

export function formatVersion(version: Version): string {
  return `${String(version.major)}.${String(version.minor)}.${String(version.patch)}`;
}

/**
 * Major version that created an index, from `index.version.created`.
 *
 * Up to 8.10 the id is MMmmppbb (7170899); since then it is an own number that still begins with the major
 * (8512000 came with 8.14, 9009000 with 9.x), so the major stays readable either way.
 */
export function createdMajor(versionCreated: number): number {
  return Math.floor(versionCreated / 1_000_000);
}

/** Why a cluster's snapshots cannot be restored in another, or null if they can. */
export function snapshotIncompatibility(source: Version, target: Version): string | null {
  if (compareVersions(target, source) < 0) {
    return `the target runs ${formatVersion(target)}, older than the source's ${formatVersion(source)}; a snapshot never restores into an older version`;
  }
  if (target.major > source.major + 1) {
    return `the target runs ${formatVersion(target)}, more than one major ahead of the source's ${formatVersion(source)}`;
  }
  return null;
}

/** Why an index of that age cannot be restored as a normal index, or null if it can. */
export function indexIncompatibility(createdIn: number, target: Version): string | null {
  if (createdIn > target.major) {
    return `it was created in ${String(createdIn)}.x, newer than the target's ${formatVersion(target)}`;
  }
  if (createdIn < target.major - 1) {
    return `it was created in ${String(createdIn)}.x, and ${formatVersion(target)} takes only indices created in ${String(target.major - 1)}.x or later (older ones as read-only archives, with an Enterprise licence)`;
  }
  return null;
}
