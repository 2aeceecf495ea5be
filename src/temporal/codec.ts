/**
 * Encrypts what Temporal keeps: AES-256-GCM over whole payloads, with key ids so that keys can be rotated.
 *
 * The first key encrypts, all decrypt. To rotate, put a new key first; remove an old one only when no history that
 * used it is kept any more. Payloads that are not encrypted pass, so that encryption can be switched on at any time.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from './proto.js';
import { GodwitError } from '../domain/errors.js';

export interface PayloadKey {
  readonly id: string;
  /** 32 bytes in base64, as the settings give it. */
  readonly key: { reveal(): string };
}

const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
/** What GCM is made for; a random one may be used for some 2^32 payloads with one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const encodePayload = temporal.api.common.v1.Payload;

function textOf(bytes: Uint8Array | null | undefined): string | undefined {
  return bytes === null || bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

function encrypt(payload: Payload, id: string, key: KeyObject): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  // The id is not secret, but it must not be exchanged either.
  cipher.setAAD(Buffer.from(id));
  const body = Buffer.concat([cipher.update(encodePayload.encode(payload).finish()), cipher.final()]);
  return {
    metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(id) },
    data: Buffer.concat([nonce, body, cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, keys: ReadonlyMap<string, KeyObject>): Payload {
  const id = textOf(payload.metadata?.['encryption-key-id']) ?? '';
  const key = keys.get(id);
  if (key === undefined) {
    throw new GodwitError('Internal', `A payload is encrypted with the key "${id}", which is not among the encryption keys of this process`, {
      subject: id,
      remedy: 'Put that key back into GODWIT_ENCRYPTION_KEYS, behind the first one, and start again.',
    });
  }
  const data = payload.data ?? new Uint8Array();
  try {
    const decipher = createDecipheriv(CIPHER, key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(id));
    decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
    const body = Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, data.length - TAG_BYTES)), decipher.final()]);
    const { metadata, data: content } = encodePayload.decode(body);
    return { metadata, data: content };
  } catch {
    throw new GodwitError('Internal', `A payload cannot be decrypted with the key "${id}": it was changed, or the key is another one of that id`, {
      subject: id,
      remedy: 'Give the key its own value back; two keys never share an id.',
    });
  }
}

/** The interface is asynchronous, the cipher is not; what it throws must reject all the same. */
function settle<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve) => resolve(work()));
}

/**
 * @param keys at least one, each of 32 bytes
 * @throws Internal on decoding, when the key is not known or the payload was tampered with; never gives partial data
 */
export function createPayloadCodec(keys: readonly PayloadKey[]): PayloadCodec {
  const byId = new Map(keys.map(({ id, key }) => [id, createSecretKey(key.reveal(), 'base64')]));
  const [first] = byId;
  if (first === undefined || [...byId.values()].some((key) => key.symmetricKeySize !== 32)) {
    throw new Error('payload encryption needs at least one key, each of 32 bytes');
  }
  return {
    encode: (payloads) => settle(() => payloads.map((payload) => encrypt(payload, ...first))),
    decode: (payloads) => settle(() => payloads.map((payload) => (textOf(payload.metadata?.['encoding']) === ENCODING ? decrypt(payload, byId) : payload))),
  };
}
