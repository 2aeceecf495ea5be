/** Aliases of an index with their options, as `GET INDEX/_alias` gives them. */
import { z } from 'zod';

export interface AliasDescription {
  readonly name: string;
  readonly isWriteIndex: boolean;
  readonly isHidden: boolean;
  readonly hasFilter: boolean;
  readonly indexRouting: string | null;
  readonly searchRouting: string | null;
}

const AliasSchema = z.object({
  filter: z.unknown().optional(),
  is_write_index: z.boolean().optional(),
  is_hidden: z.boolean().optional(),
  index_routing: z.string().optional(),
  search_routing: z.string().optional(),
});

export const AliasesSchema = z.record(z.string(), z.object({ aliases: z.record(z.string(), AliasSchema) }));

export function toAliases(aliases: Readonly<Record<string, z.infer<typeof AliasSchema>>>): AliasDescription[] {
  return Object.entries(aliases).map(([name, alias]) => ({
    name,
    isWriteIndex: alias.is_write_index === true,
    isHidden: alias.is_hidden === true,
    hasFilter: alias.filter !== undefined,
    indexRouting: alias.index_routing ?? null,
    searchRouting: alias.search_routing ?? null,
  }));
}
