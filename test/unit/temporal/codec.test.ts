import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { GodwitError } from '../../../src/domain/errors.js';
import { createPayloadCodec, type PayloadKey } from '../../../src/temporal/codec.js';

function keyOf(id: string): PayloadKey {
  const text = randomBytes(32).toString('base64');
  return { id, key: { reveal: () => text } };
}

const value = { index: 'logs-secret', documents: 9_007_199_254_740_991 };
const plain = (): Payload => defaultPayloadConverter.toPayload(value);
const [first, second] = [keyOf('2026-01'), keyOf('2026-02')];

async function encryptOne(keys: readonly PayloadKey[]): Promise<Payload> {
  const [payload] = await createPayloadCodec(keys).encode([plain()]);
  return payload ?? {};
}

async function decryptOne(keys: readonly PayloadKey[], payload: Payload): Promise<unknown> {
  const [decoded] = await createPayloadCodec(keys).decode([payload]);
  return defaultPayloadConverter.fromPayload(decoded ?? {});
}

describe('payload encryption', () => {
  it('gives back what went in, and shows nothing of it meanwhile', async () => {
    const payload = await encryptOne([first]);
    const seen = Buffer.concat([payload.data ?? new Uint8Array(), ...Object.values(payload.metadata ?? {}).map((bytes) => Buffer.from(bytes))]);
    expect(seen.includes('logs-secret')).toBe(false);
    expect(seen.includes('json/plain')).toBe(false);
    expect(await decryptOne([first], payload)).toEqual(value);
  });

  it('encrypts the same payload differently every time', async () => {
    expect((await encryptOne([first])).data).not.toEqual((await encryptOne([first])).data);
  });

  it('rotation: the first key encrypts, the older ones still decrypt', async () => {
    const old = await encryptOne([first]);
    expect(await decryptOne([second, first], old)).toEqual(value);
    const fresh = await encryptOne([second, first]);
    expect(await decryptOne([second], fresh)).toEqual(value);
  });

  it('lets payloads pass that are not encrypted, and none at all', async () => {
    expect(await decryptOne([first], plain())).toEqual(value);
    expect(await createPayloadCodec([first]).decode([])).toEqual([]);
  });

  it('names a key that it does not have', async () => {
    await expect(decryptOne([second], await encryptOne([first]))).rejects.toSatisfy(
      (error) => error instanceof GodwitError && error.code === 'Internal' && error.message.includes('"2026-01"') && error.remedy.includes('GODWIT_ENCRYPTION_KEYS'),
    );
  });

  it.each([0, 12, 20, -1])('refuses a payload with a changed byte at %i', async (at) => {
    const payload = await encryptOne([first]);
    const data = Buffer.from(payload.data ?? []);
    const position = at < 0 ? data.length + at : at;
    data[position] = (data[position] ?? 0) ^ 1;
    await expect(decryptOne([first], { ...payload, data })).rejects.toThrow(/cannot be decrypted/);
  });

  it.each([0, 5, 20])('refuses a payload cut to %i bytes', async (length) => {
    const payload = await encryptOne([first]);
    await expect(decryptOne([first], { ...payload, data: (payload.data ?? new Uint8Array()).subarray(0, length) })).rejects.toThrow(/cannot be decrypted/);
  });

  it('refuses a payload under the id of another key, even one of the same value', async () => {
    const payload = await encryptOne([first]);
    const twin = { id: 'twin', key: first.key };
    const renamed = { ...payload, metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from('twin') } };
    await expect(decryptOne([first, twin], renamed)).rejects.toThrow(/cannot be decrypted/);
  });

  it('refuses keys that are not 32 bytes', () => {
    expect(() => createPayloadCodec([{ id: 'short', key: { reveal: () => 'YWJj' } }])).toThrow(/32 bytes/);
    expect(() => createPayloadCodec([])).toThrow(/at least one/);
  });
});
