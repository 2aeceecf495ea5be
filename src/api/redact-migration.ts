/**
 * Passes the texts of a migration that come from elsewhere (errors of clusters above all) through redaction.
 *
 * Only texts for people: names that a caller sends back, such as a subject or a gate, stay as they are.
 */
import type { Migration } from '../contracts/migration.js';

export function redactMigration(migration: Migration, redact: (text: string) => string): Migration {
  const { failure } = migration;
  return {
    ...migration,
    steps: migration.steps.map((step) => ({ ...step, detail: step.detail === null ? null : redact(step.detail) })),
    attention: migration.attention.map((entry) => ({ ...entry, error: redact(entry.error), remedy: redact(entry.remedy) })),
    failure: failure === null ? null : { ...failure, message: redact(failure.message), remedy: redact(failure.remedy) },
    notice: migration.notice === null ? null : redact(migration.notice),
  };
}
