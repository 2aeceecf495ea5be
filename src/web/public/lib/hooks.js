/** What pages have in common: the place in the address, a clock, and asking again and again. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asApiError } from './api.js';

/** @typedef {{ path: string[], query: URLSearchParams }} Place */

/** @returns {Place} of the part after #, so that the server needs to know no page */
function placeNow() {
  const [path = '', search = ''] = location.hash.replace(/^#/, '').split('?', 2);
  const parts = path.split('/').filter((part) => part !== '');
  return { path: parts.map((part) => decode(part)), query: new URLSearchParams(search) };
}

/** @param {string} text @returns {string} */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @returns {Place} */
export function usePlace() {
  const [place, setPlace] = useState(placeNow);
  useEffect(() => {
    const changed = () => setPlace(placeNow());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return place;
}

/** @param {number} [everyMs] @returns {number} milliseconds since the epoch */
export function useNow(everyMs = 1000) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** @param {string} title */
export function useTitle(title) {
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/**
 * Loads now, when the key changes, and again while the page is looked at. What was loaded stays while it is loaded again.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {string} key changes with whatever load depends on
 * @param {number} everyMs 0: once
 * @returns {{ data: T | null, error: import('./api.js').ApiError | null, isLoading: boolean, reload: () => void }}
 */
export function useLoaded(load, key, everyMs) {
  const [state, setState] = useState({ key: '', data: /** @type {T | null} */ (null), error: /** @type {import('./api.js').ApiError | null} */ (null) });
  const [round, setRound] = useState(0);
  const loader = useRef(load);
  loader.current = load;
  useEffect(() => {
    const stopped = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const again = async () => {
      try {
        if (!document.hidden || everyMs === 0) {
          const data = await loader.current(stopped.signal);
          if (!stopped.signal.aborted) setState({ key, data, error: null });
        }
      } catch (cause) {
        const error = asApiError(cause);
        if (!stopped.signal.aborted) setState((before) => ({ key, data: before.key === key ? before.data : null, error }));
      }
      if (everyMs > 0 && !stopped.signal.aborted) timer = setTimeout(again, everyMs);
    };
    const shown = () => {
      if (document.hidden || everyMs === 0) return;
      clearTimeout(timer);
      void again();
    };
    void again();
    document.addEventListener('visibilitychange', shown);
    return () => {
      stopped.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', shown);
    };
  }, [key, everyMs, round]);
  const reload = useCallback(() => setRound((value) => value + 1), []);
  const isCurrent = state.key === key;
  return { data: isCurrent ? state.data : null, error: isCurrent ? state.error : null, isLoading: !isCurrent, reload };
}

/** @returns {string} a random key; also where crypto.randomUUID is missing, which needs HTTPS */
export function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
