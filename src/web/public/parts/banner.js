/** The first thing that is read: one sentence of what is, one of what to do, and one button. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useState } from 'preact/hooks';
import { asApiError } from '../lib/api.js';
import { html } from '../lib/html.js';
import { summarize } from '../logic/status.js';
import { ApproveDialog } from './attention.js';
import { Button, Problem } from './basics.js';

/** @param {{ migration: import('../../../contracts/migration.js').Migration, control: import('../pages/migration.js').Control | null }} props */
export function Banner({ migration, control }) {
  const { tone, title, text, todo, suggestion } = summarize(migration);
  const [error, setError] = useState(/** @type {import('../lib/api.js').ApiError | null} */ (null));
  const [isAsking, setAsking] = useState(false);
  const gate = migration.gates.find(({ name }) => name === suggestion?.gate);
  const act = async () => {
    setError(null);
    try {
      if (suggestion?.action === 'approve') setAsking(true);
      else if (suggestion !== null) await control?.(suggestion.action);
    } catch (cause) {
      setError(asApiError(cause));
    }
  };
  const report = `#/migrations/${encodeURIComponent(migration.id)}/report`;
  return html`
    <section class="banner tone-${tone}" aria-label="Status">
      <div class="banner-text" role="status">
        <h2>${title}</h2>
        <p class="banner-what break">${text}</p>
        <p class="banner-todo break">${todo}</p>
        <${Problem} error=${error} />
      </div>
      ${suggestion?.action === 'report' ? html`<a class="button" href=${report}>${suggestion.label}</a>`
        : suggestion !== null && control !== null && html`<${Button} kind="main" onClick=${act} name=${`banner-${suggestion.action}`}>${suggestion.label}<//>`}
      ${isAsking && gate !== undefined && control !== null && html`<${ApproveDialog} name=${gate.name} question=${gate.question} control=${control} onClose=${() => setAsking(false)} />`}
    </section>
  `;
}
