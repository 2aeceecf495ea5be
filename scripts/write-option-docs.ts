/** Writes the options of each type of migration into its guide: `npm run docs`. A test compares the guides with the schemas. */
import { z } from 'zod';
import { ComponentsRequestSchema, CopyRequestSchema, ReindexRequestSchema, SavedObjectsRequestSchema, SnapshotRestoreRequestSchema, VerifyRequestSchema, SystemIndicesRequestSchema } from '../src/contracts/requests.js';
import { isMain, writePart } from './marked-part.js';

type RequestSchema = typeof SnapshotRestoreRequestSchema | typeof ReindexRequestSchema | typeof CopyRequestSchema | typeof ComponentsRequestSchema | typeof VerifyRequestSchema | typeof SystemIndicesRequestSchema | typeof SavedObjectsRequestSchema;

export const OPTION_PAGES: readonly (readonly [string, RequestSchema])[] = [
  ['docs/guides/snapshot-restore.md', SnapshotRestoreRequestSchema],
  ['docs/guides/reindex.md', ReindexRequestSchema],
  ['docs/guides/copy.md', CopyRequestSchema],
  ['docs/guides/components.md', ComponentsRequestSchema],
  ['docs/guides/system-indices.md', SystemIndicesRequestSchema],
  ['docs/guides/verify.md', VerifyRequestSchema],
  ['docs/guides/saved-objects.md', SavedObjectsRequestSchema],
];

const PropertySchema = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.union([z.string(), z.boolean()]).optional(),
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});
type Property = z.infer<typeof PropertySchema>;

/** Some values stand in the schema and are refused by it, with a message, until they are built. */
function isAccepted(request: RequestSchema, option: string, value: string): boolean {
  const shape: Readonly<Record<string, z.ZodType>> = request.shape;
  const schema = Object.entries(shape).find(([name]) => name === option)?.[1];
  return schema === undefined || schema.safeParse(value).success;
}

function typeOf(request: RequestSchema, option: string, property: Property): string {
  if (property.const !== undefined) return `\`${String(property.const)}\``;
  if (property.enum !== undefined) return property.enum.filter((value) => isAccepted(request, option, value)).map((value) => `\`${value}\``).join(', ');
  const range = property.minimum !== undefined && property.maximum !== undefined && property.maximum <= 1_000 ? ` ${property.minimum} to ${property.maximum}` : '';
  return `${[property.type ?? 'any'].flat().join(' or ')}${range}`;
}

function rows(request: RequestSchema, object: Property, prefix: string): string[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, value]) => {
    const property = PropertySchema.parse(value);
    // What can only be left out is no option.
    if (property.type === undefined && property.const === undefined && property.enum === undefined) return [];
    const isRequired = object.required?.includes(name) === true && property.default === undefined;
    const fallback = property.default === undefined ? (isRequired ? 'required' : '') : `\`${JSON.stringify(property.default)}\``;
    return [`| \`${prefix}${name}\` | ${typeOf(request, `${prefix}${name}`, property)} | ${fallback} | ${property.description ?? ''} |`, ...rows(request, property, `${prefix}${name}.`)];
  });
}

export function renderOptions(request: RequestSchema): string {
  const schema = PropertySchema.parse(z.toJSONSchema(request, { io: 'input', unrepresentable: 'any' }));
  return ['| Option | Value | Default | Meaning |', '| --- | --- | --- | --- |', ...rows(request, schema, '')].join('\n');
}

if (isMain(import.meta.url)) for (const [page, request] of OPTION_PAGES) writePart(page, 'options', renderOptions(request));
