/**
 * Reads typed values out of an environment and collects what is wrong, instead of stopping at the first problem.
 *
 * An empty string counts as unset: that is what `VAR=` in a compose file means. A problem names the variable and the
 * remedy and never repeats the value, which may be a secret.
 */
import { didYouMean } from './suggest.js';

/** All problems of the environment in one message. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

export class Variables {
  readonly problems: string[] = [];
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  optional(name: string): string | undefined {
    const value = this.#env[name]?.trim();
    return value === '' ? undefined : value;
  }

  text(name: string, fallback: string): string {
    return this.optional(name) ?? fallback;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(name: string, fallback: number, min: number, max: number): number {
    const text = this.optional(name);
    if (text === undefined) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.problems.push(`${name} must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  oneOf<T extends string>(name: string, fallback: T, allowed: readonly T[]): T {
    const text = this.optional(name);
    if (text === undefined) return fallback;
    const found = allowed.find((candidate) => candidate === text.toLowerCase());
    if (found !== undefined) return found;
    this.problems.push(`${name} must be one of ${allowed.join(', ')}`);
    return fallback;
  }

  /** The comma-separated items of a list, without empty ones. */
  list(name: string): string[] {
    return (this.optional(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  /** Reports every name with the prefix that is not known: a misspelt setting must not become a silent default. */
  refuseUnknown(prefix: string, known: readonly string[]): void {
    for (const name of Object.keys(this.#env).sort()) {
      if (name.startsWith(prefix) && !known.includes(name)) {
        this.problems.push(`${name} is not a setting of Godwit${didYouMean(name, known)}; correct or unset it`);
      }
    }
  }

  /** @throws SettingsError if there was any problem */
  finish(): void {
    if (this.problems.length > 0) throw new SettingsError(this.problems);
  }
}
