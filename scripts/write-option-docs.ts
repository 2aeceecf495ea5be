/** Writes the options of snapshot-restore into its guide: `npm run docs`. A test compares the guide with the schema. */
import { z } from 'zod';
import { SnapshotRestoreRequestSchema } from '../src/contracts/requests.js';
import { isMain, writePart } from './marked-part.js';

export const OPTIONS_PAGE = 'docs/guides/snapshot-restore.md';

const PropertySchema = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.string().optional(),
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
function isAccepted(option: string, value: string): boolean {
  const schema = Object.entries(SnapshotRestoreRequestSchema.shape).find(([name]) => name === option)?.[1];
  return schema === undefined || schema.safeParse(value).success;
}

function typeOf(option: string, property: Property): string {
  if (property.const !== undefined) return `\`${property.const}\``;
  if (property.enum !== undefined) return property.enum.filter((value) => isAccepted(option, value)).map((value) => `\`${value}\``).join(', ');
  const range = property.minimum !== undefined && property.maximum !== undefined && property.maximum <= 1_000 ? ` ${property.minimum} to ${property.maximum}` : '';
  return `${[property.type ?? 'any'].flat().join(' or ')}${range}`;
}

function rows(object: Property, prefix: string): string[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, value]) => {
    const property = PropertySchema.parse(value);
    // What can only be left out is no option.
    if (property.type === undefined && property.const === undefined && property.enum === undefined) return [];
    const isRequired = object.required?.includes(name) === true && property.default === undefined;
    const fallback = property.default === undefined ? (isRequired ? 'required' : '') : `\`${JSON.stringify(property.default)}\``;
    return [`| \`${prefix}${name}\` | ${typeOf(`${prefix}${name}`, property)} | ${fallback} | ${property.description ?? ''} |`, ...rows(property, `${prefix}${name}.`)];
  });
}

export function renderOptions(): string {
  const schema = PropertySchema.parse(z.toJSONSchema(SnapshotRestoreRequestSchema, { io: 'input', unrepresentable: 'any' }));
  return ['| Option | Value | Default | Meaning |', '| --- | --- | --- | --- |', ...rows(schema, '')].join('\n');
}

if (isMain(import.meta.url)) writePart(OPTIONS_PAGE, 'options', renderOptions());
