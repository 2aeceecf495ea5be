/** The environment variables of each command, for its --help. */
import type { ProcessMode } from '../config/settings.js';

interface Variable {
  readonly name: string;
  readonly text: string;
  readonly modes: readonly ProcessMode[];
}

const EVERY: readonly ProcessMode[] = ['dev', 'api', 'worker'];
const SERVING: readonly ProcessMode[] = ['dev', 'api'];

export const VARIABLES: readonly Variable[] = [
  { name: 'GODWIT_CONNECTIONS', text: 'Connections file (connections.yaml); read again when it changes', modes: EVERY },
  { name: 'GODWIT_HOST', text: 'Address to bind (127.0.0.1)', modes: EVERY },
  { name: 'GODWIT_PORT', text: 'Port of the API (4700)', modes: SERVING },
  { name: 'GODWIT_TOKENS', text: 'role:token pairs, comma-separated; roles viewer, operator, admin. Unset: everybody is admin, and only loopback may be bound', modes: SERVING },
  { name: 'GODWIT_RATE_LIMIT', text: 'Requests a minute a client may send (600)', modes: SERVING },
  { name: 'GODWIT_BODY_LIMIT', text: 'Longest request body, bytes (1048576)', modes: SERVING },
  { name: 'GODWIT_METRICS_PORT', text: 'Port of /metrics and /healthz (4701)', modes: ['worker'] },
  { name: 'GODWIT_COPY_THREADS', text: 'Most threads in which slices of copy run (as many as there are cores)', modes: ['dev', 'worker'] },
  { name: 'GODWIT_TASK_QUEUE', text: 'Temporal task queue (godwit); the same for API and workers', modes: EVERY },
  { name: 'GODWIT_ENCRYPTION_KEYS', text: 'id:key pairs, comma-separated, keys of 32 bytes in base64; the first encrypts payloads, all decrypt. Unset: not encrypted', modes: EVERY },
  { name: 'GODWIT_DATABASE_URL', text: 'PostgreSQL for ledger and reports. Unset: an embedded store under GODWIT_DATA_DIR, for one machine', modes: EVERY },
  { name: 'GODWIT_DATA_DIR', text: 'Directory of state on this machine (.godwit)', modes: EVERY },
  { name: 'GODWIT_TRANSFORMS', text: 'Folder with modules that the transform of a copy may name; the same for API and workers. Unset: none may be named', modes: EVERY },
  { name: 'GODWIT_LOG_LEVEL', text: 'fatal, error, warn, info, debug, trace or silent (info)', modes: EVERY },
  { name: 'TEMPORAL_ADDRESS', text: 'host:port of Temporal (localhost:7233; godwit dev starts its own if it is unset)', modes: EVERY },
  { name: 'TEMPORAL_NAMESPACE', text: 'Namespace (default)', modes: EVERY },
  { name: 'TEMPORAL_API_KEY', text: 'API key, for Temporal Cloud', modes: EVERY },
  { name: 'TEMPORAL_TLS', text: 'true: TLS; TEMPORAL_TLS_CLIENT_CERT_PATH, _CLIENT_KEY_PATH, _SERVER_CA_CERT_PATH, _SERVER_NAME as in Temporal\'s documentation', modes: EVERY },
];

const WIDTH = 100;

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** Ends the --help text of a command. */
export function environmentHelp(mode: ProcessMode): string {
  const shown = VARIABLES.filter((variable) => variable.modes.includes(mode));
  const indent = Math.max(...shown.map(({ name }) => name.length)) + 4;
  const lines = shown.flatMap(({ name, text }) =>
    wrap(text, WIDTH - indent).map((line, at) => (at === 0 ? `  ${name}`.padEnd(indent) : ' '.repeat(indent)) + line),
  );
  return ['', 'Environment (defaults in parentheses):', ...lines].join('\n');
}
