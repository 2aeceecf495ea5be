/** Making and ordering preflight findings. Pure. */
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import { ERROR_TABLE, type ErrorCode } from './errors.js';

/** Most findings that are handed out; a cluster of 10,000 indices can produce one an index. */
export const MAX_FINDINGS = 500;

/** Codes that mean: this request can never work as it is, so a person cannot mend it from outside. */
const REQUEST_ERRORS: ReadonlySet<string> = new Set<ErrorCode>([
  'ValidationFailed',
  'UnknownConnection',
  'SameCluster',
  'NoIndexMatched',
  'InvalidRename',
  'UnsupportedTarget',
  'IncompatibleVersion',
]);

export function finding(
  severity: Finding['severity'],
  code: ErrorCode,
  subject: string,
  message: string,
  remedy: string = ERROR_TABLE[code].remedy,
): Finding {
  return { severity, code, subject, message, remedy };
}

/** Information that names no trouble. */
export function note(code: string, subject: string, message: string): Finding {
  return { severity: 'info', code, subject, message, remedy: '' };
}

export function warning(code: string, subject: string, message: string, remedy: string): Finding {
  return { severity: 'warning', code, subject, message, remedy };
}

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** Errors first, otherwise in the order in which they were found. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

export function isRequestError(item: Finding): boolean {
  return item.severity === 'error' && REQUEST_ERRORS.has(item.code);
}

export function toResult(findings: readonly Finding[], plan: PreflightResult['plan']): PreflightResult {
  return {
    ok: findings.every((item) => item.severity !== 'error'),
    findings: sortFindings(findings).slice(0, MAX_FINDINGS),
    plan,
  };
}
