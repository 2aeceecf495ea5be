/**
 * Server-sent events out of chunks of text, as the HTML standard reads them. Pure.
 *
 * EventSource cannot send a token, so the stream is read with fetch.
 */
/** @typedef {{ event: string, data: string }} StreamEvent */
/** @returns {(chunk: string) => StreamEvent[]} gives the events that a chunk completes */
export function eventParser(): (chunk: string) => StreamEvent[];
/** @param {number} failures in a row @returns {number} milliseconds: 1 s, 2 s, 4 s... */
export function reconnectWait(failures: number): number;
export type StreamEvent = {
    event: string;
    data: string;
};
