/**
 * Follows one migration by its event stream: connects again when it breaks, until the migration has ended.
 */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { eventParser, reconnectWait } from '../logic/event-stream.js';
import { isFinal } from '../logic/status.js';
import { asApiError, migrationPath, request } from './api.js';

/** The server says something every 15 s; silence for longer means that the connection is dead, milliseconds. */
const SILENCE_MS = 40_000;

/** @typedef {import('../../../contracts/migration.js').Migration} Migration */
/**
 * @typedef {object} Follower
 * @property {(migration: Migration) => void} changed
 * @property {(state: 'live' | 'lost' | 'ended', error: import('./api.js').ApiError | null) => void} connection
 */

/**
 * @param {string} id
 * @param {Follower} follower
 * @returns {() => void} stops following
 */
export function follow(id, follower) {
  const stopped = new AbortController();
  void run(id, follower, stopped.signal);
  return () => stopped.abort();
}

/** @param {string} id @param {Follower} follower @param {AbortSignal} stopped */
async function run(id, follower, stopped) {
  let failures = 0;
  while (!stopped.aborted) {
    /** @type {import('./api.js').ApiError | null} */
    let error = null;
    try {
      const hasEnded = await readOnce(id, stopped, (migration) => {
        failures = 0;
        follower.connection('live', null);
        follower.changed(migration);
      });
      if (hasEnded) return follower.connection('ended', null);
    } catch (cause) {
      error = asApiError(cause);
    }
    if (stopped.aborted) return;
    failures += 1;
    follower.connection('lost', error);
    // Asking again changes nothing about these: the page asks for a token, or says that there is no such migration.
    if (error !== null && [401, 403, 404].includes(error.status)) return;
    await waitFor(reconnectWait(failures), stopped);
  }
}

/** @param {string} id @param {AbortSignal} stopped @param {(migration: Migration) => void} changed @returns {Promise<boolean>} whether the migration has ended */
async function readOnce(id, stopped, changed) {
  const silence = new AbortController();
  const signal = AbortSignal.any([stopped, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await request(`${migrationPath(id)}/events`, { headers: { accept: 'text/event-stream' }, signal });
    if (response.body === null) return false;
    const parse = eventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      for (const { event, data } of parse(value)) {
        if (event === 'end') return true;
        if (event !== 'migration') continue;
        /** @type {Migration} */
        const migration = JSON.parse(data);
        changed(migration);
        if (isFinal(migration.status)) return true;
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** @param {number} ms @param {AbortSignal} stopped @returns {Promise<void>} */
function waitFor(ms, stopped) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      // A laptop that wakes up or a network that is back is not made to wait.
      removeEventListener('online', done);
      stopped.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
    stopped.addEventListener('abort', done);
  });
}
