/** Asks for the token when the API wants one. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { changeSession, setToken } from '../lib/session.js';

/** @param {{ wasRefused: boolean }} props */
export function TokenPrompt({ wasRefused }) {
  const [value, setValue] = useState('');
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (value.trim() === '') return;
    setToken(value.trim());
    changeSession({ needsToken: false, wasRefused: false, mayControl: null });
  };
  return html`
    <form class="card token-prompt" onSubmit=${submit}>
      <h1>A token is needed</h1>
      <p>This Godwit is protected. Paste a token of the role <strong>viewer</strong> to look, or <strong>operator</strong> to pause, retry and start migrations.</p>
      <label class="field" for="token"><span class="field-label">Token</span></label>
      <input id="token" name="token" type="password" autocomplete="off" spellcheck=${false} value=${value} autofocus
        aria-invalid=${wasRefused} aria-describedby="token-help"
        onInput=${(/** @type {any} */ event) => setValue(event.currentTarget.value)} />
      <p id="token-help" class=${wasRefused ? 'field-error' : 'faint small'} role=${wasRefused ? 'alert' : undefined}>
        ${wasRefused ? 'The API refused that token. Check that it was copied whole.' : 'Kept in this browser tab only, and forgotten when you close it.'}
      </p>
      <p><button class="button main" type="submit">Continue</button></p>
    </form>
  `;
}
