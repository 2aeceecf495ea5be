/** Small parts of every page: badges, times, bars, buttons, messages. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { localTime, relativeTime, utcTime } from '../logic/format.js';
import { wordOf } from '../logic/status.js';

/** A status as a dot of colour and its word, since colour alone tells not everybody. @param {{ status: string, label?: string }} props */
export function Badge({ status, label }) {
  const word = wordOf(status);
  return html`<span class="badge tone-${word.tone}" data-status=${status}><span class="dot" aria-hidden="true"></span>${label ?? word.label}</span>`;
}

/** Local time, UTC on hover. @param {{ at: string | null, now: number, relative?: boolean, none?: string }} props */
export function Time({ at, now, relative = false, none = '–' }) {
  if (at === null) return html`<span class="faint">${none}</span>`;
  const shown = relative ? relativeTime(at, now) : localTime(at, now);
  return html`<time dateTime=${at} title=${utcTime(at)}>${shown}</time>`;
}

/**
 * @param {{ label: string, value: number | null, text: string, tone?: string }} props value 0 to 1; null while it is not known
 */
export function Bar({ label, value, text, tone = 'calm' }) {
  const now = value === null ? {} : { 'aria-valuenow': Math.floor(value * 100) };
  return html`
    <div class=${`bar tone-${tone} ${value === null ? 'is-unknown' : ''}`} role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuetext=${text} ...${now}>
      <div class="bar-fill" style=${{ transform: `scaleX(${value ?? 0})` }}></div>
    </div>
  `;
}

/**
 * A button that shows that it works, and cannot be pressed twice meanwhile.
 *
 * @param {{ onClick: () => unknown, children?: unknown, kind?: 'main' | 'plain' | 'danger' | 'quiet', label?: string, disabled?: boolean, name?: string }} props
 */
export function Button({ onClick, children, kind = 'plain', label, disabled = false, name }) {
  const [isBusy, setBusy] = useState(false);
  const click = async () => {
    // Not the attribute disabled meanwhile: it would take the focus away from whoever uses the keyboard.
    if (isBusy) return;
    setBusy(true);
    try {
      await onClick();
    } finally {
      setBusy(false);
    }
  };
  return html`
    <button type="button" class="button ${kind}" onClick=${click} disabled=${disabled} aria-disabled=${isBusy} aria-busy=${isBusy} aria-label=${label} data-action=${name}>${children}</button>
  `;
}

/** @param {{ tone: string, title: string, children?: unknown, role?: string }} props */
export function Message({ tone, title, children, role }) {
  return html`<div class="message tone-${tone}" role=${role}><strong>${title}</strong>${children}</div>`;
}

/** @param {{ error: import('../lib/api.js').ApiError | null, onRetry?: () => void }} props */
export function Problem({ error, onRetry }) {
  // Without a valid token the page asks for one; saying it twice helps nobody.
  if (error === null || error.status === 401) return null;
  const forbidden = error.status === 403;
  return html`
    <${Message} tone=${forbidden ? 'wait' : 'bad'} title=${forbidden ? 'Your token does not allow this' : error.title} role="alert">
      <p>${error.message}</p>
      ${error.errors.length > 0 && html`<ul>${error.errors.map(({ path, message }) => html`<li><code>${path}</code> ${message}</li>`)}</ul>`}
      ${error.requestId !== null && error.status >= 500 && html`<p class="faint small">Request id for the log: <code>${error.requestId}</code></p>`}
      ${onRetry !== undefined && html`<p><${Button} onClick=${onRetry}>Try again<//></p>`}
    <//>
  `;
}

/** @param {{ title: string, children?: unknown }} props */
export function Empty({ title, children }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${children}</div>`;
}

/** Holds the place of what is being loaded. @param {{ lines?: number }} props */
export function Skeleton({ lines = 3 }) {
  return html`<div class="skeleton" aria-busy="true" aria-label="Loading">${Array.from({ length: lines }, () => html`<div></div>`)}</div>`;
}

/** @param {{ label: string, value: string, options: readonly (string | { value: string, label: string })[], onChange: (value: string) => void, any?: string }} props */
export function Choice({ label, value, options, onChange, any }) {
  const all = options.map((option) => (typeof option === 'string' ? { value: option, label: option } : option));
  // A value from the address that is none of the options still shows, so that it can be changed.
  const missing = value !== '' && !all.some((option) => option.value === value) ? [{ value, label: value }] : [];
  return html`
    <label class="choice"><span>${label}</span>
      <select value=${value} onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)}>
        ${any !== undefined && html`<option value="" selected=${value === ''}>${any}</option>`}
        ${[...all, ...missing].map((option) => html`<option value=${option.value} selected=${option.value === value}>${option.label}</option>`)}
      </select>
    </label>
  `;
}
