/**
 * Who is looking: the token of this browser tab, and whether it may control. Forgotten when the tab is closed.
 */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useEffect, useState } from 'preact/hooks';

const KEY = 'godwit.token';
const ROLE_KEY = 'godwit.mayControl';

/** @typedef {{ needsToken: boolean, wasRefused: boolean, mayControl: boolean | null, isAnswering: boolean }} Session mayControl null: not known yet */

/** @type {Session} */
let session = { needsToken: false, wasRefused: false, mayControl: rememberedRole(), isAnswering: true };
/** @type {Set<(session: Session) => void>} */
const listeners = new Set();

/** @returns {string | null} */
export function token() {
  return sessionStorage.getItem(KEY);
}

/** @param {string | null} value */
export function setToken(value) {
  if (value === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, value);
}

/** Asked for once a tab and token, since asking stands in the log. @returns {boolean | null} */
function rememberedRole() {
  const kept = sessionStorage.getItem(ROLE_KEY);
  return kept === null ? null : kept === 'true';
}

/** @param {Partial<Session>} change */
export function changeSession(change) {
  const next = { ...session, ...change };
  if (Object.entries(next).every(([name, value]) => Reflect.get(session, name) === value)) return;
  session = next;
  if (next.mayControl === null) sessionStorage.removeItem(ROLE_KEY);
  else sessionStorage.setItem(ROLE_KEY, String(next.mayControl));
  for (const listener of listeners) listener(session);
}

/** @returns {Session} */
export function useSession() {
  const [state, setState] = useState(session);
  useEffect(() => {
    listeners.add(setState);
    setState(session);
    return () => void listeners.delete(setState);
  }, []);
  return state;
}

/** @returns {boolean} buttons show only once it is known that they would work */
export function useMayControl() {
  return useSession().mayControl === true;
}
