/** What preflight knows of both sides when it judges; gathered by activities, judged by pure functions. */
import type { ClusterKind } from '../../contracts/names.js';
import type { Version } from '../versions.js';

export interface ClusterFacts extends Version {
  readonly connection: string;
  readonly kind: ClusterKind;
  readonly flavor: 'default' | 'serverless';
  readonly name: string;
  readonly uuid: string;
}

/** One concrete index at the source. */
export interface IndexFacts {
  readonly name: string;
  /** Name at the target. */
  readonly target: string;
  /** `index.version.created`; 0 where it cannot be told. */
  readonly versionCreated: number;
  /** Creation date, epoch milliseconds; null where only `createdBefore` is known. */
  readonly created: number | null;
  readonly createdBefore: number | null;
  readonly primaries: number;
  readonly replicas: number;
  /** Bytes of the primaries. */
  readonly bytes: number;
  readonly documents: number;
  readonly isClosed: boolean;
  /** null where it cannot be told. */
  readonly health: 'green' | 'yellow' | 'red' | null;
  readonly isSearchableSnapshot: boolean;
  readonly lifecyclePolicy: string | null;
  readonly aliases: readonly string[];
  /** Settings that bind the index to certain nodes: index.routing.allocation.{require,include,exclude}.* */
  readonly allocationFilters: readonly string[];
}

/** What moves as one: an index, or a data stream with its backing indices. */
export interface UnitFacts {
  readonly name: string;
  readonly target: string;
  readonly kind: 'index' | 'data-stream';
  readonly indices: readonly IndexFacts[];
}

export interface RepositoryFacts {
  readonly name: string;
  readonly type: string;
  readonly uuid: string | null;
  readonly isReadOnly: boolean;
  readonly settings: Readonly<Record<string, string>>;
}

/** What exists at the target under the names that the migration would use. */
export interface TargetNames {
  readonly indices: ReadonlySet<string>;
  readonly dataStreams: ReadonlySet<string>;
  readonly aliases: ReadonlySet<string>;
}
