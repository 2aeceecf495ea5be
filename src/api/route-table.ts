/** Which methods a path takes, so that the wrong method is told from the wrong path (405, not 404). */
export class RouteTable {
  readonly #methods = new Map<string, Set<string>>();

  /** @param pattern as Fastify writes it: `/v1/migrations/:id`, with `*` for the rest */
  add(methods: string | readonly string[], pattern: string): void {
    const known = this.#methods.get(pattern) ?? new Set<string>();
    for (const method of [methods].flat()) known.add(method);
    this.#methods.set(pattern, known);
  }

  /** @returns in alphabetical order; empty if nothing is there */
  methodsOf(path: string): string[] {
    const found = [...this.#methods].filter(([pattern]) => !pattern.includes('*') && matches(pattern, path));
    return [...new Set(found.flatMap(([, methods]) => [...methods]))].sort();
  }
}

function matches(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const given = path.split('/');
  return expected.length === given.length && expected.every((part, index) => part.startsWith(':') || part === given[index]);
}
