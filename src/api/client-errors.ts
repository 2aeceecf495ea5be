/** Answers what is not HTTP, too slow or has too large headers: no request exists yet, so the problem is written by hand. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Problem } from '../contracts/problem.js';
import { PROBLEM_TYPE } from './problem-document.js';

/** Codes of Node's HTTP parser and timeouts that have a status of their own. */
const STATUS_OF: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // The client is gone, or an answer is on its way already: there is nobody to tell.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const problem: Problem = {
    type: '/problems/validation-failed',
    title,
    status,
    detail: 'The request could not be read as HTTP. See /docs for what there is.',
    requestId: randomUUID(),
  };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
