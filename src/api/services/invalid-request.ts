/** An error of the request that names its fields: `errors` of the problem document. */
import { type ErrorCode, GodwitError } from '../../domain/errors.js';

export interface FieldError {
  /** Dotted path into the body, name of a query parameter or header; `body` for the whole of it. */
  readonly path: string;
  readonly message: string;
}

export class InvalidRequest extends GodwitError {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[], code: ErrorCode = 'ValidationFailed') {
    super(code, summary(errors));
    this.name = 'InvalidRequest';
    this.errors = errors;
  }
}

/** The first errors in one line, for clients that print nothing but `detail`. */
function summary(errors: readonly FieldError[]): string {
  const shown = errors.slice(0, 3).map((error) => `${error.path}: ${error.message}`);
  const more = errors.length > shown.length ? `; and ${errors.length - shown.length} more` : '';
  return shown.join('; ') + more;
}
