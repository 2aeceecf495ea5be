/** The folder in which an operator puts modules that the transform of a copy may name. Only names in it are read, never a path. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GodwitError } from '../domain/errors.js';

const MAX_BYTES = 1024 * 1024;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export class TransformFolder {
  readonly #path: string | null;

  /** @param path null: there is none, and no module can be used */
  constructor(path: string | null) {
    this.#path = path;
  }

  get isConfigured(): boolean {
    return this.#path !== null;
  }

  /** @returns null if there is no such file. @throws TransformModuleFailed if it cannot be read or is larger than 1 MiB */
  async read(name: string): Promise<string | null> {
    if (this.#path === null || !NAME.test(name)) return null;
    const file = join(this.#path, name);
    try {
      const { size } = await stat(file);
      if (size > MAX_BYTES) throw new GodwitError('TransformModuleFailed', `the module ${name} is larger than 1 MiB`, { subject: 'transform' });
      return await readFile(file, 'utf8');
    } catch (error) {
      if (error instanceof GodwitError) throw error;
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === 'ENOENT') return null;
      throw new GodwitError('TransformModuleFailed', `the module ${name} cannot be read: ${code}`, { subject: 'transform', cause: error });
    }
  }
}
