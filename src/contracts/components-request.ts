/** What may be asked of a `components` migration: everything a cluster holds beside documents and Kibana's objects. */
import { z } from 'zod';
import { ON_EXISTING, commonOptions } from './common-options.js';
import { COMPONENT_KINDS, ComponentKindSchema } from './component-kinds.js';

const OnExistingSchema = z.enum(ON_EXISTING);

/** The part before the slash, as a regular expression over the kinds. */
function namesAKind(pattern: string): boolean {
  const [kind = ''] = pattern.replace(/^-/, '').split('/');
  const expression = new RegExp(`^${kind.split('*').map((part) => part.replaceAll(/[^a-z0-9-]/g, '\\$&')).join('.*')}$`);
  return COMPONENT_KINDS.some((known) => expression.test(known));
}

const ComponentPatternSchema = z
  .string()
  .min(1)
  .max(600)
  .refine(namesAKind, { error: `begins with no kind of component; the kinds are ${COMPONENT_KINDS.join(', ')}` });

export const ComponentsRequestSchema = z.strictObject({
  type: z.literal('components'),
  source: commonOptions.source,
  target: commonOptions.target,
  components: z
    .array(ComponentPatternSchema)
    .min(1)
    .max(10_000)
    .default(['*'])
    .describe('Kinds (`role`, `ml-*`) or single ones (`role/ops-*`), wildcards, and exclusions with a leading minus (`-cluster-setting`)'),
  onExisting: OnExistingSchema.default('fail').describe(
    'With a component that exists at the target and differs: fail stops in preflight; merge keeps that of the target and adds what is missing; replace overwrites it, keeping a backup for the undo',
  ),
  onExistingByKind: z
    .partialRecord(ComponentKindSchema, OnExistingSchema)
    .default({})
    .describe('The same for single kinds, e.g. `{ "role": "replace" }`; goes before onExisting'),
  users: z
    .enum(['list', 'create'])
    .default('list')
    .describe('Native users, whose passwords cannot be read: list names them in the report; create makes them disabled with a password that nobody knows'),
  holdLifecycles: z
    .boolean()
    .default(true)
    .describe('Stop ILM and SLM of the target before a policy is written, so that none acts before the data is there; they stay stopped until you start them'),
  verify: z.literal('full').default('full').describe('Every field of every component is read back and compared'),
  concurrency: z.number().int().min(1).max(32).default(4).describe('Components of one kind that are written at once'),
});
export type ComponentsRequest = z.infer<typeof ComponentsRequestSchema>;
