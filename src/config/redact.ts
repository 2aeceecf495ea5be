/**
 * Takes secrets out of texts that are kept or shown: messages, log lines, answers.
 *
 * Two nets: every secret value that Godwit knows, in the forms in which it travels, and the patterns that
 * credentials have, for those that it does not know.
 */
import { REDACTED } from './secret.js';

export type Redactor = (text: string) => string;

/** Shorter values are not looked for: replacing every "abc" would destroy the text and so confirm the secret. */
const MIN_SECRET_CHARS = 4;

/** A word that looks like a token, not like prose: has a digit or padding, or is very long. */
const TOKEN = '(?:(?=[A-Za-z+/_.~:-]*[0-9=])[A-Za-z0-9+/_.~:=-]{8,}|[A-Za-z0-9+/_.~:=-]{24,})';

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/(authorization\\?["']?\s*[:=]\s*(?:\[\s*)?\\?["']?)(?:(basic|bearer|apikey)\s+)?[^\s"'\\,;}\]]+/gi, `$1${REDACTED}`],
  [new RegExp(`\\b(apikey|bearer|basic)(\\s+|%20)${TOKEN}`, 'gi'), `$1 ${REDACTED}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'<>]*@/gi, `$1${REDACTED}@`],
  // Quoted or after "=": `auth.password: must be a text` is prose.
  [/((?:password|passwd|api_?key|secret_?key|access_?token)\\?["']\s*:\s*\\?["'])[^"'\\]+/gi, `$1${REDACTED}`],
  [/((?:password|passwd|api_?key|secret_?key|access_?token)=)[^\s"'&;,}]+/gi, `$1${REDACTED}`],
];

/** The forms in which a secret travels: as it is, in a URL, in JSON, and in base64. */
function variants(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, encoded, form, json, JSON.stringify(json).slice(1, -1), Buffer.from(secret).toString('base64')];
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/**
 * Makes a function that replaces secrets by `[redacted]`.
 *
 * @param secrets asked at every call, so that those of a reloaded connections file count at once. A value that was
 *   seen once stays known: a rotated password is still in old texts
 */
export function createRedactor(secrets: () => Iterable<string>): Redactor {
  const known = new Set<string>();
  let matcher: RegExp | undefined;

  const refresh = (): void => {
    const before = known.size;
    for (const secret of secrets()) {
      if (secret.trim().length >= MIN_SECRET_CHARS) known.add(secret);
    }
    if (known.size === before) return;
    // Longest first, so that a secret which contains another one is replaced whole.
    const words = [...new Set([...known].flatMap(variants))].sort((a, b) => b.length - a.length);
    matcher = new RegExp(words.map(escapeRegExp).join('|'), 'g');
  };

  return (text) => {
    refresh();
    const withoutKnown = matcher === undefined ? text : text.replace(matcher, REDACTED);
    return PATTERNS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), withoutKnown);
  };
}
