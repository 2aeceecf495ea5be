/** What a restore of the global state would replace, by names. Read-only. */
import { z } from 'zod';
import { tryCall } from './calls.js';
import type { Cluster } from './cluster.js';

export interface GlobalStatePart {
  readonly what: string;
  readonly names: readonly string[];
}

const Keyed = z.record(z.string(), z.unknown()).transform((body) => Object.keys(body));
const named = (key: string): z.ZodType<string[]> =>
  z.object({ [key]: z.array(z.object({ name: z.string() })) }).transform((body) => Object.values(body).flatMap((items) => items.map(({ name }) => name)));

const PARTS: readonly (readonly [string, string, z.ZodType<string[]>])[] = [
  ['index templates', '/_index_template', named('index_templates')],
  ['component templates', '/_component_template', named('component_templates')],
  ['legacy templates', '/_template', Keyed],
  ['ingest pipelines', '/_ingest/pipeline', Keyed],
  ['lifecycle policies', '/_ilm/policy', Keyed],
  ['snapshot policies', '/_slm/policy', Keyed],
  [
    'stored scripts',
    '/_cluster/state/metadata?filter_path=metadata.stored_scripts',
    z.object({ metadata: z.object({ stored_scripts: z.record(z.string(), z.unknown()).default({}) }).default({ stored_scripts: {} }) }).transform(({ metadata }) => Object.keys(metadata.stored_scripts)),
  ],
  ['persistent settings', '/_cluster/settings?flat_settings=true', z.object({ persistent: z.record(z.string(), z.unknown()) }).transform(({ persistent }) => Object.keys(persistent))],
];

/** Kinds of which there are some; one whose API the build lacks is left out. */
export async function readGlobalState(cluster: Cluster, signal?: AbortSignal): Promise<GlobalStatePart[]> {
  const parts: GlobalStatePart[] = [];
  for (const [what, path, schema] of PARTS) {
    const body = await tryCall(
      cluster,
      { action: `list the ${what}` },
      () => cluster.client.transport.request({ method: 'GET', path }, signal === undefined ? {} : { signal }),
      (error) => [400, 404, 405, 410].includes(error.statusCode ?? 0),
    );
    const names = body === null ? [] : schema.parse(body);
    if (names.length > 0) parts.push({ what, names });
  }
  return parts;
}
