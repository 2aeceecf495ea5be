/**
 * PostgreSQL's wire protocol over a socket, for several clients of one PGlite.
 *
 * PGlite is one session. @electric-sql/pglite-socket (0.2.17) queues single protocol messages, so that one client's Parse
 * can come between another's Parse and Bind as soon as a message is larger than a socket buffer ("bind message supplies
 * 2 parameters, but prepared statement requires 1": seen with parameters of 300 KB). Here a client has the session for a
 * whole exchange, up to ReadyForQuery, and through a transaction if it opens one.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { frameMessages, NO_ENCRYPTION, ROLLBACK, TERMINATE, type WireBatch } from './wire-messages.js';

/** What is needed of PGlite. */
export interface WireBackend {
  execProtocolRawStream(message: Uint8Array, options: { syncToFs?: boolean; onRawData: (data: Uint8Array) => void }): Promise<void>;
  isInTransaction(): boolean;
}

export interface WireServer {
  /** Clients that are connected now. */
  connections(): number;
  /** Takes no new clients and cuts those that are there, after the exchange that is under way. */
  close(): Promise<void>;
}

/** First come, first served: one holder at a time. */
class Session {
  private last: Promise<void> = Promise.resolve();

  async acquire(): Promise<() => void> {
    const before = this.last;
    let release = (): void => undefined;
    this.last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }
}

/** Serves one client. `onFatal` is called if the database itself breaks; its state is unknown then. */
function serveClient(socket: Socket, backend: WireBackend, session: Session, onFatal: (error: unknown) => void): void {
  let release: (() => void) | undefined;
  let work: Promise<void> = Promise.resolve();
  const frame = frameMessages();

  async function run({ messages, keepsSession }: WireBatch): Promise<void> {
    release ??= await session.acquire();
    for (const message of messages) {
      // The data is a view into PGlite's buffer, which the next message overwrites.
      await backend.execProtocolRawStream(message, {
        syncToFs: false,
        onRawData: (data) => socket.writable && socket.write(Buffer.from(data)),
      });
    }
    if (!keepsSession && !backend.isInTransaction()) {
      release();
      release = undefined;
    }
  }

  async function leave(): Promise<void> {
    if (release === undefined) {
      return;
    }
    // A client that died in a transaction must not leave it to the next one.
    await backend.execProtocolRawStream(ROLLBACK, { syncToFs: false, onRawData: () => undefined });
    release();
    release = undefined;
  }

  function then(step: () => Promise<void>): void {
    work = work.then(step).catch(onFatal);
  }

  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    for (const item of frame(chunk)) {
      if (item === NO_ENCRYPTION) {
        socket.write('N');
      } else if (item === TERMINATE) {
        socket.end();
      } else {
        // Nobody would hear the answer of a client that is gone, so its statement is not started.
        then(async () => (socket.destroyed && release === undefined ? undefined : run(item)));
      }
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => then(leave));
}

/** Listens on a Unix socket. */
export function serveWire(backend: WireBackend, socketPath: string, onFatal: (error: unknown) => void): Promise<WireServer> {
  const session = new Session();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveClient(socket, backend, session, onFatal);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      resolve({
        connections: () => sockets.size,
        async close() {
          const closed = new Promise((done) => server.close(done));
          await session.acquire();
          sockets.forEach((socket) => socket.destroy());
          await closed;
        },
      });
    });
  });
}
