/** What routes share: parameters, and the problem documents that a route can answer with. */
import { z } from 'zod';
import { ProblemSchema } from '../../contracts/problem.js';
import { PROBLEM_TYPE } from '../problem-document.js';

export const MigrationParamsSchema = z.object({
  id: z.string().min(1).max(255).describe('Id of the migration'),
});

export const LimitSchema = z.coerce.number().int().min(1).max(200).default(50).describe('Most items of a page');
export const CursorSchema = z.string().min(1).max(1_000).optional().describe('The cursor of the page before');

/** A JSON answer with a description of its own. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema): JsonResponse<Schema> {
  return { description, content: { 'application/json': { schema } } };
}

interface JsonResponse<Schema extends z.ZodType> {
  readonly description: string;
  readonly content: { readonly 'application/json': { readonly schema: Schema } };
}

type Page<Item extends z.ZodType> = z.ZodObject<{ items: z.ZodArray<Item>; cursor: z.ZodNullable<z.ZodString> }>;

export function pageOf<Item extends z.ZodType>(item: Item): Page<Item> {
  return z.object({ items: z.array(item), cursor: z.string().nullable().describe('For the next page; null on the last one') });
}

const DESCRIPTIONS = {
  400: 'The request is not valid; errors names the fields',
  401: 'A valid token is needed',
  403: 'The role does not allow this, or the request comes from another origin',
  404: 'There is nothing of that name',
  409: 'The state does not allow this: not waiting for that, ended, or the key belongs to another request',
  413: 'The body is too large',
  415: 'The media type is not supported',
  422: 'The request can never work; errors says why',
  429: 'Too many requests; see Retry-After',
  500: 'Something went wrong inside Godwit',
  503: 'Temporal, the store or a worker cannot be reached; see Retry-After where it is given',
} as const;

type ProblemStatus = keyof typeof DESCRIPTIONS;

interface ProblemResponse {
  readonly description: string;
  readonly content: { readonly [PROBLEM_TYPE]: { readonly schema: typeof ProblemSchema } };
}

/** Response schemas of the given statuses, and of those that every route can answer with. */
export function problems(...statuses: ProblemStatus[]): Record<string, ProblemResponse> {
  const all = [...new Set<ProblemStatus>([...statuses, 400, 401, 403, 429, 500])].sort();
  return Object.fromEntries(
    all.map((status) => [status, { description: DESCRIPTIONS[status], content: { [PROBLEM_TYPE]: { schema: ProblemSchema } } }]),
  );
}
