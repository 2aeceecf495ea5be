/** The version, from the nearest package.json above this file: it is at another depth in a build. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const PackageSchema = z.object({ name: z.literal('godwit'), version: z.string() });

export function godwitVersion(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    const parsed = existsSync(file) ? PackageSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
    if (parsed?.success === true) {
      return parsed.data.version;
    }
  }
  return 'unknown';
}
