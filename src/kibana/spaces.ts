/** Spaces of a Kibana with their settings. */
import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import type { Kibana } from './kibana.js';

const SpaceSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  color: z.string().nullish(),
  initials: z.string().optional(),
  imageUrl: z.string().optional(),
  disabledFeatures: z.array(z.string()).default([]),
  solution: z.string().optional(),
});
export type Space = Readonly<z.infer<typeof SpaceSchema>>;

/** Only those that the caller may see. Read-only. */
export async function listSpaces(kibana: Kibana, signal?: AbortSignal): Promise<Space[]> {
  const { body } = await kibana.request({ method: 'GET', path: '/api/spaces/space', action: 'list the spaces', ...(signal === undefined ? {} : { signal }) });
  return z.array(SpaceSchema).parse(body);
}

/** The settings of a space as they are created; a serverless project takes no solution and no switched-off features. */
export function settingsOf(space: Space, isServerless: boolean): JsonObject {
  const { id, name, description, color, initials, imageUrl, disabledFeatures, solution } = space;
  return {
    id,
    name,
    ...(description === undefined ? {} : { description }),
    ...(color === undefined || color === null ? {} : { color }),
    ...(initials === undefined ? {} : { initials }),
    ...(imageUrl === undefined ? {} : { imageUrl }),
    ...(isServerless ? {} : { disabledFeatures }),
    ...(isServerless || solution === undefined ? {} : { solution }),
  };
}

/** @returns false if a space of that id exists already; it stays as it is */
export async function createSpace(kibana: Kibana, settings: JsonObject, id: string): Promise<boolean> {
  const { status } = await kibana.request({ method: 'POST', path: '/api/spaces/space', body: settings, action: `create the space ${id}`, subject: id, expected: [409] });
  return status !== 409;
}

/** Deletes a space with everything in it. */
export async function deleteSpace(kibana: Kibana, id: string): Promise<void> {
  await kibana.request({ method: 'DELETE', path: `/api/spaces/space/${encodeURIComponent(id)}`, action: `delete the space ${id}`, subject: id, expected: [404] });
}
