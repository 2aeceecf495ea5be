import { describe, expect, it } from 'vitest';
import { frameMessages, NO_ENCRYPTION, TERMINATE, type WireItem } from '../../../src/store/wire-messages.js';

function startup(code: number, body: string = ''): Buffer {
  const message = Buffer.alloc(8 + body.length);
  message.writeInt32BE(message.length, 0);
  message.writeInt32BE(code, 4);
  message.write(body, 8);
  return message;
}

function message(type: string, body: string = ''): Buffer {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.write(type, 0);
  bytes.writeInt32BE(4 + body.length, 1);
  bytes.write(body, 5);
  return bytes;
}

/** What a batch is made of, as message types. */
function typesOf(items: readonly WireItem[]): string[] {
  return items.map((item) => (typeof item === 'string' ? item : item.messages.map((bytes) => String.fromCharCode(bytes[0] ?? 0)).join('') + (item.keepsSession ? '...' : '')));
}

const HELLO = startup(196_608, 'user\0postgres\0\0');

describe('cutting a PostgreSQL connection into exchanges', () => {
  it('gives nothing of an exchange before it is whole, however the bytes come', () => {
    const bytes = Buffer.concat([HELLO, message('P', 'select'), message('B', 'x'.repeat(100)), message('D'), message('E'), message('S'), message('Q', 'select 1')]);
    const whole = typesOf(frameMessages()(bytes));
    expect(whole).toEqual(['\0', 'PBDES', 'Q']);
    const frame = frameMessages();
    expect([...bytes].flatMap((byte) => typesOf(frame(Uint8Array.of(byte))))).toEqual(whole);
  });

  it('refuses encryption and goes on', () => {
    expect(typesOf(frameMessages()(Buffer.concat([startup(80_877_103), startup(80_877_104), HELLO])))).toEqual([NO_ENCRYPTION, NO_ENCRYPTION, '\0']);
  });

  it('keeps the session over a flush', () => {
    const frame = frameMessages();
    frame(HELLO);
    expect(typesOf(frame(Buffer.concat([message('P'), message('H'), message('S')])))).toEqual(['PH...', 'S']);
  });

  it('ends on terminate, cancel, and what is not the protocol', () => {
    expect(typesOf(frameMessages()(startup(80_877_102, '12345678')))).toEqual([TERMINATE]);
    const frame = frameMessages();
    frame(HELLO);
    expect(typesOf(frame(message('X')))).toEqual([TERMINATE]);
    expect(typesOf(frameMessages()(Buffer.from('GET / HTTP/1.1\r\n')))).toEqual([TERMINATE]);
  });
});
