import { errors } from '@elastic/elasticsearch';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/config/redact.js';
import { GodwitError } from '../../../src/domain/errors.js';
import { translateError } from '../../../src/elasticsearch/translate-error.js';
import { RECORDED } from '../../fixtures/elasticsearch-errors.js';

type Meta = ConstructorParameters<typeof errors.ResponseError>[0];

const meta = (statusCode: number, body: unknown): Meta => ({
  body,
  statusCode,
  headers: { 'x-elastic-product': 'Elasticsearch' },
  warnings: null,
  meta: { context: null, name: 'test', request: { params: { method: 'GET', path: '/' }, options: {}, id: 1 }, connection: null, attempts: 0, aborted: false },
});

const redact = createRedactor(() => ['hunter22']);
const translate = (error: unknown, subject?: string): GodwitError =>
  translateError(error, { connection: 'old', action: 'do this', ...(subject === undefined ? {} : { subject }) }, redact);
const answered = (status: number, body: unknown): GodwitError => translate(new errors.ResponseError(meta(status, body)));

describe('translateError', () => {
  it.each(RECORDED)('$what is $code', ({ status, body, code, retryable, subject, remedy }) => {
    const error = answered(status, body);
    expect(error.code).toBe(code);
    if (retryable !== undefined) expect(error.retryable).toBe(retryable);
    if (subject !== undefined) expect(error.subject).toBe(subject);
    if (remedy !== undefined) expect(error.remedy).toMatch(remedy);
  });

  it('says what could not be done to what, and why, down to the root cause', () => {
    const error = translate(
      new errors.ResponseError(
        meta(500, {
          error: {
            type: 'repository_verification_exception',
            reason: '[backup] path  is not accessible on master node',
            caused_by: { type: 'access_denied_exception', reason: '/mnt/backup/tests-x' },
          },
          status: 500,
        }),
      ),
      'backup',
    );
    expect(error.message).toBe(
      'old: cannot do this [backup]: [backup] path  is not accessible on master node; caused by: /mnt/backup/tests-x (repository_verification_exception, HTTP 500)',
    );
    expect(error.subject).toBe('backup');
    expect(error.cause).toBeUndefined();
  });

  it.each([
    ['ECONNREFUSED', 'ConnectionFailed', true],
    ['ENOTFOUND', 'ConnectionFailed', true],
    ['EHOSTUNREACH', 'ConnectionFailed', true],
    ['ECONNRESET', 'ConnectionFailed', true],
    ['UND_ERR_SOCKET', 'ConnectionFailed', true],
    ['UND_ERR_CONNECT_TIMEOUT', 'Timeout', true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TlsUntrusted', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TlsUntrusted', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TlsUntrusted', false],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'TlsUntrusted', false],
    ['CERT_FINGERPRINT_MISMATCH', 'TlsUntrusted', false],
    ['CERT_HAS_EXPIRED', 'TlsFailed', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TlsWrongName', false],
    ['EPROTO', 'TlsFailed', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TlsFailed', false],
    ['ERR_SSL_SOMETHING_NEW', 'TlsFailed', false],
  ] as const)('a network error %s is %s', (nodeCode, code, retryable) => {
    const cause = Object.assign(new Error('low level'), { code: nodeCode });
    const options = { redaction: { type: 'replace' as const }, cause };
    const error = translate(new errors.ConnectionError('outer', undefined, options));
    expect([error.code, error.retryable]).toEqual([code, retryable]);
    expect(error.message).toContain(nodeCode);
  });

  it('looks into an error for several addresses of one host', () => {
    const inner = ['::1', '127.0.0.1'].map((address) => Object.assign(new Error(`connect ${address}`), { code: 'ECONNREFUSED' }));
    expect(translate(new AggregateError(inner)).code).toBe('ConnectionFailed');
  });

  it.each([
    [new errors.TimeoutError('t'), 'Timeout', true],
    [new errors.RequestAbortedError('a'), 'Canceled', true],
    [new errors.ProductNotSupportedError('Elasticsearch'), 'NotElasticsearch', false],
    [new errors.DeserializationError('d', 'text'), 'NotElasticsearch', false],
    [new errors.ConnectionError('c'), 'ConnectionFailed', true],
    [new TypeError('a bug'), 'Internal', true],
    ['thrown text', 'Internal', true],
  ] as const)('%s is %s', (error, code, retryable) => {
    const translated = translate(error);
    expect([translated.code, translated.retryable]).toEqual([code, retryable]);
  });

  it('leaves an error of Godwit as it is', () => {
    const error = new GodwitError('TaskLost', 'gone');
    expect(translate(error)).toBe(error);
  });

  it('keeps secrets out of message and remedy, and the message short', () => {
    const reason = `cannot log in with hunter22 at https://u:p4ssw0rd@host ${'x'.repeat(5_000)}`;
    const error = answered(400, { error: { type: 'illegal_argument_exception', reason }, status: 400 });
    expect(error.message).not.toMatch(/hunter22|p4ssw0rd/);
    expect(error.message.length).toBeLessThanOrEqual(1_000);
  });

  it.each([undefined, null, '', '<html>502</html>', 42, [], { error: null }, { error: { root_cause: 'x', caused_by: 3 } }])(
    'survives the body %j',
    (body) => {
      expect(answered(502, body).code).toBe('Unavailable');
    },
  );
});
