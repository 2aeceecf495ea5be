/** Writes the error codes into docs/operations/needs-attention.md: `npm run docs`. A test compares the page with the table. */
import { ERROR_TABLE } from '../src/domain/errors.js';
import { ERROR_CAUSES } from './error-causes.js';
import { isMain, writePart } from './marked-part.js';

export const ERROR_PAGE = 'docs/operations/needs-attention.md';

export function renderErrors(): string {
  return Object.entries(ERROR_TABLE)
    .map(([code, { retryable, httpStatus, title, remedy }]) => {
      const cause = Object.entries(ERROR_CAUSES).find(([name]) => name === code)?.[1] ?? '';
      return [
        `### ${code}`,
        '',
        `${title}. HTTP ${httpStatus}; ${retryable ? 'may pass by itself, so it is retried' : 'not retried by itself'}.`,
        '',
        `- Cause: ${cause}`,
        `- Remedy: ${remedy}`,
      ].join('\n');
    })
    .join('\n\n');
}

if (isMain(import.meta.url)) writePart(ERROR_PAGE, 'errors', renderErrors());
