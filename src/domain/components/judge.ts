/** Decides what becomes of a component: what stands at the target, and what to do about it. Pure. */
import type { ComponentKind } from '../../contracts/component-kinds.js';
import type { ComponentsRequest } from '../../contracts/components-request.js';
import type { JsonObject } from '../json.js';
import { describeDifferences, differences, type Difference } from './compare.js';
import type { Entry, FitContext, Need } from './kind.js';
import { KINDS, withheldBecause } from './kinds.js';

/** What the inventory says. */
export type Standing =
  | 'missing'
  | 'same'
  | 'differs'
  /** The system's own: left to the target. */
  | 'managed'
  /** The target's kind or version does not take it. */
  | 'unsupported'
  /** Holds a secret that cannot be read: a person issues it again. */
  | 'to-issue'
  /** Needs something that is not at the target yet. */
  | 'not-yet';

export type Plan = 'write' | 'replace' | 'keep' | 'refuse' | 'leave';

export interface Judgement {
  readonly standing: Standing;
  readonly plan: Plan;
  /** Why, for a person; null where the standing says it all. */
  readonly reason: string | null;
  readonly differences: readonly Difference[];
  /** What was changed for the target and what is left to do. */
  readonly notes: readonly string[];
  /** As it is to be at the target; null where it does not get there. */
  readonly definition: JsonObject | null;
}

export interface TargetSide {
  /** null: none of that name. */
  readonly entry: Entry | null;
  /** Why the target has no such kind, or null. */
  readonly unavailable: string | null;
  readonly has: (need: Need) => boolean;
  readonly fit: FitContext;
}

type Policy = Pick<ComponentsRequest, 'onExisting' | 'onExistingByKind' | 'users'>;

const leave = (standing: Standing, reason: string): Judgement => ({ standing, plan: 'leave', reason, differences: [], notes: [], definition: null });

export function judge(kind: ComponentKind, entry: Entry, target: TargetSide, policy: Policy): Judgement {
  const known = KINDS[kind];
  const managed = known.managed?.(entry) ?? null;
  if (managed !== null) return leave('managed', managed);
  if (target.fit.targetKind === 'serverless' && known.serverless !== null) return leave('unsupported', known.serverless);
  const toIssue = known.issue?.(entry, policy) ?? null;
  if (toIssue !== null) return leave('to-issue', toIssue);
  if (target.unavailable !== null) return leave('unsupported', target.unavailable);
  const fitted = known.fit?.(known.normalise(entry), entry.name, target.fit) ?? { definition: known.normalise(entry), notes: [] };
  if (fitted.unsupported !== undefined) return leave('unsupported', fitted.unsupported);
  if (fitted.left !== undefined) return leave('managed', fitted.left);
  const notes = [...fitted.notes, ...(known.notes?.(entry) ?? [])];
  const definition = fitted.definition;
  if (target.entry !== null) {
    const found = differences(definition, known.normalise(target.entry));
    if (found.length === 0) return { standing: 'same', plan: 'leave', reason: null, differences: [], notes: fitted.notes, definition };
    return { standing: 'differs', ...planFor(kind, target.entry, policy, found), differences: found, notes, definition };
  }
  const lacking = (known.needs?.(fitted.definition, entry.name) ?? []).filter((need) => !target.has(need));
  if (lacking.length > 0) return { ...leave('not-yet', `the target lacks ${lacking.map(({ what, name }) => `${WORDS[what]} ${name}`).join(', ')}`), notes };
  return { standing: 'missing', plan: 'write', reason: null, differences: [], notes, definition };
}

const WORDS: Readonly<Record<Need['what'], string>> = { index: 'the index', 'data-stream': 'the data stream', repository: 'the snapshot repository', 'enrich-policy': 'the enrich policy', 'trained-model': 'the trained model', 'remote-cluster': 'the remote cluster' };

function planFor(kind: ComponentKind, atTarget: Entry, policy: Policy, found: readonly Difference[]): Pick<Judgement, 'plan' | 'reason'> {
  const known = KINDS[kind];
  const text = describeDifferences(found, known.isSecretive === true);
  const asked = policy.onExistingByKind[kind] ?? policy.onExisting;
  const managed = known.managed?.(atTarget) ?? null;
  if (asked === 'merge') return { plan: 'keep', reason: text };
  if (asked === 'fail') return { plan: 'refuse', reason: text };
  if (managed !== null) return { plan: 'refuse', reason: `that of the target is not to be replaced: ${managed}` };
  if (typeof known.replace === 'object') return { plan: 'refuse', reason: `${text}; ${known.replace.never}` };
  const withheld = withheldBecause(kind, atTarget.raw);
  return { plan: 'replace', reason: `${text}; that of the target ${withheld === null ? 'is kept, and a cancel brings it back' : `is not kept and cannot be brought back: ${withheld}`}` };
}
