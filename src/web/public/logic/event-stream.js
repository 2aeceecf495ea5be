/**
 * Server-sent events out of chunks of text, as the HTML standard reads them. Pure.
 *
 * EventSource cannot send a token, so the stream is read with fetch.
 */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */

/** @typedef {{ event: string, data: string }} StreamEvent */

/** @returns {(chunk: string) => StreamEvent[]} gives the events that a chunk completes */
export function eventParser() {
  let rest = '';
  let event = '';
  /** @type {string[]} */
  let data = [];
  return (chunk) => {
    /** @type {StreamEvent[]} */
    const events = [];
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) events.push({ event: event === '' ? 'message' : event, data: data.join('\n') });
        event = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') event = value;
      if (field === 'data') data.push(value);
    }
    return events;
  };
}

/** Longest wait before connecting again, milliseconds. */
const MAX_WAIT_MS = 15_000;

/** @param {number} failures in a row @returns {number} milliseconds: 1 s, 2 s, 4 s... */
export function reconnectWait(failures) {
  return Math.min(MAX_WAIT_MS, 1000 * 2 ** Math.max(0, failures - 1));
}
