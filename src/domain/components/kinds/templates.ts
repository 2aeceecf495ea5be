/** Index templates of all generations, made fit for the target. Pure. */
import type { Json, JsonObject } from '../../json.js';
import { fitsServerless } from '../../serverless-settings.js';
import { isObject, objectOf, without } from '../json-parts.js';
import { NOTED_TIMES, byKey, inList, managedByMeta, segment, type FitContext, type Fitted, type KindDefinition } from '../kind.js';

const FLAT = { flat_settings: true } as const;

/** Names and values in one row: 7.17 gives the settings of composable templates nested, whatever it is asked. */
export function flatSettings(settings: JsonObject, prefix = ''): JsonObject {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]): [string, Json][] => (isObject(value) ? Object.entries(flatSettings(value, `${prefix}${name}.`)) : [[`${prefix}${name}`, value]])),
  );
}

function withFlatSettings(raw: JsonObject): JsonObject {
  const template = objectOf(raw['template']);
  return isObject(template['settings']) ? { ...raw, template: { ...template, settings: flatSettings(template['settings']) } } : raw;
}

/** Without what the target does not take. */
export function fitSettings(settings: JsonObject, { targetKind, refusedSettings }: FitContext): { readonly settings: JsonObject; readonly notes: string[] } {
  const kept: Record<string, Json> = {};
  const [refused, forbidden]: [string[], string[]] = [[], []];
  for (const [name, value] of Object.entries(settings)) {
    if (targetKind === 'serverless' && !fitsServerless(name, value)) forbidden.push(name);
    else if (refusedSettings.has(name)) refused.push(name);
    else kept[name] = value;
  }
  return {
    settings: kept,
    notes: [
      ...(refused.length === 0 ? [] : [`without ${refused.join(', ')}, which the target does not know`]),
      ...(forbidden.length === 0 ? [] : [`without ${forbidden.join(', ')}, which a serverless project does not allow`]),
    ],
  };
}

/** The definition with its `template` changed; a template that becomes empty stays, as the target keeps it so. */
function withTemplate(definition: JsonObject, context: FitContext, lifecycle: JsonObject | null): Fitted {
  const template = objectOf(definition['template']);
  if (!isObject(template['settings']) && lifecycle === null) return { definition, notes: [] };
  const { settings, notes } = fitSettings(objectOf(template['settings']), context);
  const rest = without(template, 'settings');
  const fitted = { ...rest, ...(Object.keys(settings).length === 0 ? {} : { settings }), ...(lifecycle === null ? {} : { lifecycle }) };
  return { definition: { ...definition, template: fitted }, notes };
}

export const componentTemplate: KindDefinition = {
  title: 'component template',
  listing: {
    request: { method: 'GET', path: '/_component_template', query: FLAT },
    entries: (answer) => inList('component_templates', 'name')(answer).map(({ name, raw }) => ({ name, raw: withFlatSettings(objectOf(raw['component_template'])) })),
  },
  managed: ({ name, raw }) => managedByMeta(name, raw['_meta']),
  normalise: ({ raw }) => without(raw, ...NOTED_TIMES),
  fit: (definition, _name, context) => withTemplate(definition, context, null),
  writes: (name, definition) => [{ method: 'PUT', path: `/_component_template/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_component_template/${segment(name)}` }],
  replace: 'put',
  serverless: null,
};

export const indexTemplate: KindDefinition = {
  title: 'index template',
  listing: {
    request: { method: 'GET', path: '/_index_template', query: FLAT },
    entries: (answer) => inList('index_templates', 'name')(answer).map(({ name, raw }) => ({ name, raw: withFlatSettings(objectOf(raw['index_template'])) })),
  },
  managed: ({ name, raw }) => managedByMeta(name, raw['_meta']),
  normalise: ({ raw }) => without(raw, ...NOTED_TIMES),
  fit: (definition, name, context) => {
    const retention = context.targetKind === 'serverless' ? context.retentionByTemplate.get(name) : undefined;
    if (retention === undefined) return withTemplate(definition, context, null);
    const fitted = withTemplate(definition, context, { enabled: true, data_retention: retention });
    return { ...fitted, notes: [...fitted.notes, `data_retention ${retention} instead of its lifecycle policy`] };
  },
  writes: (name, definition) => [{ method: 'PUT', path: `/_index_template/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_index_template/${segment(name)}` }],
  replace: 'put',
  serverless: null,
};

export const legacyTemplate: KindDefinition = {
  title: 'legacy index template',
  listing: { request: { method: 'GET', path: '/_template', query: FLAT }, entries: byKey },
  managed: ({ name, raw }) => managedByMeta(name, objectOf(raw['mappings'])['_meta']),
  normalise: ({ raw }) => raw,
  fit: (definition, _name, context) => {
    if (!isObject(definition['settings'])) return { definition, notes: [] };
    const { settings, notes } = fitSettings(definition['settings'], context);
    return { definition: { ...definition, settings }, notes };
  },
  notes: () => ['legacy templates are deprecated, and a composable one that matches the same index hides them'],
  writes: (name, definition) => [{ method: 'PUT', path: `/_template/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_template/${segment(name)}` }],
  replace: 'put',
  serverless: 'a serverless project has no legacy templates: write it as an index template',
};
