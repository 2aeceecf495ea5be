/**
 * Cuts the bytes of a PostgreSQL client into exchanges that must not be mixed with those of another client.
 *
 * Pure: bytes in, batches out. @see PostgreSQL documentation, Frontend/Backend Protocol, Message Formats
 */

export interface WireBatch {
  readonly messages: readonly Uint8Array[];
  /** The client asked for a flush in the middle of an exchange: more of it will follow. */
  readonly keepsSession: boolean;
}

/** Answer `N` to a request for encryption. */
export const NO_ENCRYPTION = 'no-encryption';
export const TERMINATE = 'terminate';

export type WireItem = WireBatch | typeof NO_ENCRYPTION | typeof TERMINATE;

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

/** Simple query, sync, function call: ReadyForQuery follows. */
const ENDS_EXCHANGE = new Set(['Q', 'S', 'F']);
/** Far above any batch of the store; a client that claims more does not speak the protocol. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

/** A sync, then a rollback outside of any exchange. */
export const ROLLBACK: Uint8Array = (() => {
  const text = Buffer.from('ROLLBACK\0');
  const query = Buffer.alloc(5 + text.length);
  query.write('Q', 0);
  query.writeInt32BE(4 + text.length, 1);
  text.copy(query, 5);
  return new Uint8Array(Buffer.concat([Buffer.from([0x53, 0, 0, 0, 4]), query]));
})();

/** @returns a function that takes the next chunk of a connection and gives what has become complete */
export function frameMessages(): (chunk: Uint8Array) => WireItem[] {
  let rest: Buffer = Buffer.alloc(0);
  let pending: Uint8Array[] = [];
  let isStarted = false;

  function startup(length: number): WireItem {
    const code = rest.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      return NO_ENCRYPTION;
    }
    if (code === CANCEL_REQUEST) {
      return TERMINATE; // PGlite cannot cancel, and the protocol expects no answer.
    }
    isStarted = true;
    return { messages: [new Uint8Array(rest.subarray(0, length))], keepsSession: false };
  }

  function message(length: number): WireItem | null {
    const type = String.fromCharCode(rest[0] ?? 0);
    if (type === 'X') {
      return TERMINATE;
    }
    pending.push(new Uint8Array(rest.subarray(0, length)));
    const keepsSession = type === 'H';
    if (!keepsSession && !ENDS_EXCHANGE.has(type)) {
      return null;
    }
    const messages = pending;
    pending = [];
    return { messages, keepsSession };
  }

  return (chunk) => {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    const items: WireItem[] = [];
    for (;;) {
      const header = isStarted ? 1 : 0;
      if (rest.length < header + 4 || (!isStarted && rest.length < 8)) {
        return items;
      }
      const length = header + rest.readInt32BE(header);
      if (length < header + 4 || length > MAX_MESSAGE_BYTES) {
        return [...items, TERMINATE];
      }
      if (rest.length < length) {
        return items;
      }
      const item = isStarted ? message(length) : startup(length);
      rest = rest.subarray(length);
      if (item !== null) {
        items.push(item);
      }
    }
  };
}
