/** Which Kibana takes the saved objects of which. Pure. @see Kibana, Saved objects: compatibility across versions */
import { formatVersion, type Version } from '../versions.js';

export interface KibanaVersion extends Version {
  readonly flavor: 'traditional' | 'serverless';
}

/** Why saved objects of the one cannot be imported into the other, or null if they can. A serverless project is always the newest. */
export function importIncompatibility(source: KibanaVersion, target: KibanaVersion): string | null {
  if (target.flavor === 'serverless') return null;
  const rule = 'saved objects go into the same version, a newer minor of the same major, or the next major';
  if (source.flavor === 'serverless') return `the source is serverless, which is newer than any release; ${rule}`;
  if (target.major < source.major || (target.major === source.major && target.minor < source.minor)) {
    return `the target's Kibana is ${formatVersion(target)}, older than the source's ${formatVersion(source)}; ${rule}`;
  }
  if (target.major > source.major + 1) return `the target's Kibana is ${formatVersion(target)}, more than one major ahead of the source's ${formatVersion(source)}; ${rule}`;
  return null;
}
