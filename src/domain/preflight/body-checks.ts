/** Judges what the target would take of mappings and settings, index by index. Pure. */
import type { Finding } from '../../contracts/preflight.js';
import { finding, note, warning } from '../findings.js';

/** What became of the body of one index when the target was asked. */
export interface BodyFacts {
  readonly name: string;
  readonly target: string;
  /** Settings that do not travel. */
  readonly leftOut: readonly string[];
  /** What is changed so that the target takes it. */
  readonly changes: readonly string[];
  /** Why the target does not take it; null if it does. */
  readonly refusal: string | null;
}

export function checkBodies(bodies: readonly BodyFacts[]): Finding[] {
  const refused = bodies.flatMap(({ name, target, refusal }) => (refusal === null ? [] : [finding('error', 'ElasticsearchRejected', name, `${target} cannot be made at the target: ${refusal}`, refusedRemedy(target))]));
  const changed = grouped(bodies, ({ changes }) => changes).map(({ subject, what, text }) =>
    warning('BodyChanged', subject, `${what} made at the target with changes: ${text}`, 'Look whether searches depend on it. To have it otherwise, make the index at the target by hand and use onExisting: "merge".'),
  );
  const leftOut = grouped(bodies, (body) => body.leftOut).map(({ subject, what, text }) => note('SettingsLeftOut', subject, `${what} made at the target without these settings of the source: ${text}`));
  return [...refused, ...changed, ...leftOut];
}

export function refusedRemedy(target: string): string {
  return `Mend mappings or analysis at the source (or install the missing plugin at the target) and retry; or skip it, make ${target} at the target by hand, and move the documents with another migration with onExisting: "merge".`;
}

/** Many indices have the same body, of one template: they are one finding. */
function grouped(bodies: readonly BodyFacts[], of: (body: BodyFacts) => readonly string[]): { subject: string; what: string; text: string }[] {
  const groups = new Map<string, string[]>();
  for (const body of bodies) {
    const text = of(body).join('; ');
    if (text !== '') groups.set(text, [...(groups.get(text) ?? []), body.name]);
  }
  return [...groups].map(([text, names]) => {
    const [first = ''] = names;
    if (names.length === 1) return { subject: first, what: `${first} is`, text };
    return { subject: `${String(names.length)} indices`, what: `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${String(names.length - 5)} more` : ''} are`, text };
  });
}
