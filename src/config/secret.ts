/**
 * A string that must not be seen: passwords, keys, tokens.
 *
 * It is kept in a private field, so that no serialiser, logger or inspector reaches it; only `reveal()` gives it
 * out, at the one place that sends it.
 */
import { inspect } from 'node:util';

export const REDACTED = '[redacted]';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself. Pass it on to what needs it; never keep, log or compare it in text. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
