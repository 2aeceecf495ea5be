/**
 * Tidies the generated document: components that nothing refers to are left out, those that differ between what is sent and
 * what is received keep the suffix Input only where both are in use, and a body of optional fields is optional.
 */
type Document = object;
type Node = { [key: string]: unknown };

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function child(value: unknown, ...path: string[]): Node {
  const found = path.reduce<unknown>((node, key) => (isNode(node) ? node[key] : undefined), value);
  return isNode(found) ? found : {};
}

const PREFIX = '#/components/schemas/';

/** Names of the components that a value refers to, directly. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isNode(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === '$ref' && typeof member === 'string' && member.startsWith(PREFIX) ? [member.slice(PREFIX.length)] : references(member),
  );
}

function reachable(from: unknown, schemas: Node): Set<string> {
  const found = new Set<string>();
  const queue = references(from);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...references(schemas[name]));
  }
  return found;
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((member) => renamed(member, names));
  if (!isNode(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name = key === '$ref' && typeof member === 'string' ? names.get(member.slice(PREFIX.length)) : undefined;
      return [key, name === undefined ? renamed(member, names) : PREFIX + name];
    }),
  );
}

/** Fastify's generator calls every body required. */
function loosenBodies(paths: Node, schemas: Node): void {
  for (const path of Object.keys(paths)) {
    const body = child(paths, path, 'post', 'requestBody');
    const schema = child(body, 'content', 'application/json', 'schema');
    const [name] = references({ $ref: schema['$ref'] });
    const resolved = name === undefined ? schema : child(schemas, name);
    if (resolved['type'] === 'object' && !Array.isArray(resolved['required'])) body['required'] = false;
  }
}

export function tidyDocument<T extends Document>(document: T): T {
  const schemas = child(document, 'components', 'schemas');
  const paths = child(document, 'paths');
  const used = reachable(paths, schemas);
  const shortened = [...used].filter((name) => name.endsWith('Input') && !used.has(name.slice(0, -'Input'.length)));
  const names = new Map(shortened.map((name) => [name, name.slice(0, -'Input'.length)]));
  loosenBodies(paths, schemas);
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  const tidied = kept.map(([name, schema]): [string, unknown] => [names.get(name) ?? name, renamed(schema, names)]);
  return {
    ...document,
    paths: renamed(paths, names),
    components: { ...child(document, 'components'), schemas: Object.fromEntries(tidied.sort(([a], [b]) => (a < b ? -1 : 1))) },
  };
}
