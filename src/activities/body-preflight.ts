/** Lets the target say what it thinks of the mappings and settings that it is going to get. Makes nothing. */
import type { Finding } from '../contracts/preflight.js';
import { note } from '../domain/findings.js';
import { checkBodies, type BodyFacts } from '../domain/preflight/body-checks.js';
import type { UnitFacts } from '../domain/preflight/facts.js';
import { streamBody } from '../domain/reindex/stream-body.js';
import { fitSettings } from '../domain/reindex/target-settings.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { dryRun, type DryRun } from '../elasticsearch/dry-run.js';
import { bestTemplate, readDefinitions, readTemplates } from '../elasticsearch/prepare-index.js';

/** Bodies that differ; those of one template are asked about once. */
const MAX_BODIES = 1_000;

/** @param units those that are to be made at the target. @throws the codes of clusters that cannot be reached */
export async function examineBodies(source: Cluster, target: Cluster, units: readonly UnitFacts[], signal: AbortSignal): Promise<Finding[]> {
  const newest = new Map(units.map((unit) => [unit.name, unit.indices.at(-1)?.name ?? unit.name]));
  const [definitions, templates] = await Promise.all([readDefinitions(source, [...newest.values()], signal), readTemplates(target, signal)]);
  const known = new Map<string, DryRun>();
  const bodies: BodyFacts[] = [];
  let unknown: string | null = null;
  for (const unit of units) {
    const definition = definitions.get(newest.get(unit.name) ?? unit.name);
    // A stream is made from the target's own template where it has one.
    if (definition === undefined || bestTemplate(templates, unit.target)?.isForDataStreams === true) continue;
    const fitted = fitSettings(definition.settings, target.kind);
    const body = unit.kind === 'data-stream' ? streamBody(definition, target.kind) : { mappings: definition.mappings, settings: fitted.create };
    const key = JSON.stringify(body);
    let answer = known.get(key);
    if (answer === undefined) {
      if (known.size >= MAX_BODIES) {
        unknown = `more than ${String(MAX_BODIES)} different ones`;
        continue;
      }
      answer = await dryRun(target, body, signal);
      known.set(key, answer);
    }
    if (answer.kind === 'unknown') {
      unknown = answer.reason;
      break;
    }
    bodies.push({ name: unit.name, target: unit.target, leftOut: fitted.leftOut, changes: answer.kind === 'taken' ? answer.changes : [], refusal: answer.kind === 'refused' ? answer.reason : null });
  }
  return [...checkBodies(bodies), ...(unknown === null ? [] : [note('BodiesNotTried', target.connection, `mappings and settings could not all be tried at the target beforehand: ${unknown}`)])];
}
