/** The tls block of the connections file: certificates read and checked, so that a wrong file shows at the start. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { TlsConfig } from './connection-config.js';
import type { TlsInput } from './connections-schema.js';
import { type Surroundings, readReferenced } from './interpolate.js';
import { Secret } from './secret.js';

/** PEM text given in place, or the file of that path. */
function pem(value: string | undefined, at: string, around: Surroundings): string | null {
  if (value === undefined) return null;
  return value.includes('-----BEGIN ') ? value : (readReferenced(value, at, around) ?? null);
}

const parses = (parse: () => unknown): boolean => {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
};

function certificates(value: string | undefined, at: string, around: Surroundings): string | null {
  const text = pem(value, at, around);
  if (text === null) return null;
  const blocks = text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || !blocks.every((block) => parses(() => new X509Certificate(block)))) {
    around.problems.push(`${at}: must be a certificate in PEM form (-----BEGIN CERTIFICATE-----)`);
  }
  return text;
}

function privateKey(value: string | undefined, at: string, around: Surroundings): Secret | null {
  const text = pem(value, at, around);
  if (text === null) return null;
  if (!parses(() => createPrivateKey(text))) {
    around.problems.push(`${at}: must be a private key in PEM form, without a passphrase`);
  }
  return new Secret(text);
}

function fingerprint(value: string | undefined, at: string, problems: string[]): string | null {
  if (value === undefined) return null;
  const digits = value.replace(/[:\s]/g, '').toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits)) problems.push(`${at}: must be a SHA-256 fingerprint, 64 hex digits`);
  return digits;
}

/** Resolves a tls block; an empty one means: trust what Node.js trusts. */
export function resolveTls(input: TlsInput, at: string, around: Surroundings): TlsConfig {
  const ways = [
    input.ca === undefined ? [] : ['ca'],
    input.fingerprint === undefined ? [] : ['fingerprint'],
    input.insecure === true ? ['insecure'] : [],
  ].flat();
  if (ways.length > 1) around.problems.push(`${at}: ${ways.join(' and ')} exclude each other; keep one`);
  if ((input.cert === undefined) !== (input.key === undefined)) {
    around.problems.push(`${at}: cert and key go together; ${input.cert === undefined ? 'cert' : 'key'} is missing`);
  }
  return Object.freeze({
    ca: certificates(input.ca, `${at}.ca`, around),
    fingerprint: fingerprint(input.fingerprint, `${at}.fingerprint`, around.problems),
    insecure: input.insecure === true,
    cert: certificates(input.cert, `${at}.cert`, around),
    key: privateKey(input.key, `${at}.key`, around),
  });
}
