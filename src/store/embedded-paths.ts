/** Where the embedded store keeps its data, its socket, its lock and its log; the same for server and clients. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { GodwitError } from '../domain/errors.js';

export interface EmbeddedPaths {
  readonly directory: string;
  /** PostgreSQL's data directory. */
  readonly data: string;
  /** Directory of the socket: what psql and the driver take as host. */
  readonly socketDirectory: string;
  readonly socket: string;
  readonly log: string;
}

/** Part of the socket's name by convention; nothing listens on a TCP port. */
export const SOCKET_PORT = 5432;

/** The kernel takes 108 bytes on Linux and 104 on macOS, with a closing zero. */
const MAX_SOCKET_PATH_BYTES = 103;

function socketDirectoryOf(directory: string): string {
  if (Buffer.byteLength(path.join(directory, `.s.PGSQL.${SOCKET_PORT}`)) <= MAX_SOCKET_PATH_BYTES) {
    return directory;
  }
  const digest = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return path.join(tmpdir(), `godwit-${userInfo().uid}-${digest}`);
}

/** Makes the directories, readable by their owner only: who reaches the socket reads the store. */
export function embeddedPaths(dataDir: string): EmbeddedPaths {
  const directory = path.resolve(dataDir, 'store');
  const socketDirectory = socketDirectoryOf(directory);
  for (const made of [directory, socketDirectory]) {
    mkdirSync(made, { recursive: true, mode: 0o700 });
  }
  const uid = userInfo().uid;
  if (socketDirectory !== directory && uid >= 0 && lstatSync(socketDirectory).uid !== uid) {
    throw new GodwitError('StoreUnavailable', `${socketDirectory} belongs to another user`, { retryable: false });
  }
  return {
    directory,
    data: path.join(directory, 'pgdata'),
    socketDirectory,
    socket: path.join(socketDirectory, `.s.PGSQL.${SOCKET_PORT}`),
    log: path.join(directory, 'server.log'),
  };
}
