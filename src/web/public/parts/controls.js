/** The buttons of a migration. What undoes work asks first, and says what would be undone. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useState } from 'preact/hooks';
import { asApiError, get, migrationPath } from '../lib/api.js';
import { useLoaded } from '../lib/hooks.js';
import { html } from '../lib/html.js';
import { plural } from '../logic/format.js';
import { controlsOf, undoList } from '../logic/status.js';
import { Button, Problem, Skeleton } from './basics.js';
import { Dialog } from './dialog.js';
import { ThrottleDialog } from './throttle.js';

/** @typedef {import('../../../contracts/migration.js').Migration} Migration */
/** @typedef {import('../pages/migration.js').Control} Control */

/** @param {{ migration: Migration, control: Control }} props */
export function Controls({ migration, control }) {
  const [open, setOpen] = useState(/** @type {'cancel' | 'throttle' | null} */ (null));
  const [error, setError] = useState(/** @type {import('../lib/api.js').ApiError | null} */ (null));
  const close = () => setOpen(null);
  const act = async (/** @type {string} */ action) => {
    setError(null);
    await control(action).catch((cause) => setError(asApiError(cause)));
  };
  const possible = controlsOf(migration);
  if (possible.length === 0) return null;
  return html`
    <div class="controls">
      <div class="controls-row" role="group" aria-label="Controls">
        ${possible.includes('pause') && html`<${Button} onClick=${() => act('pause')} name="pause">Pause<//>`}
        ${possible.includes('resume') && html`<${Button} onClick=${() => act('resume')} name="resume">Resume<//>`}
        ${possible.includes('throttle') && html`<${Button} onClick=${() => setOpen('throttle')} name="throttle">Change speed<//>`}
        ${possible.includes('cancel') && html`<${Button} kind="danger" onClick=${() => setOpen('cancel')} name="cancel">Cancel<//>`}
      </div>
      <${Problem} error=${error} />
    </div>
    ${open === 'cancel' && html`<${CancelDialog} migration=${migration} control=${control} onClose=${close} />`}
    ${open === 'throttle' && html`<${ThrottleDialog} migration=${migration} control=${control} onClose=${close} />`}
  `;
}

/** @param {{ migration: Migration, control: Control, onClose: () => void }} props */
function CancelDialog({ migration, control, onClose }) {
  /** @type {ReturnType<typeof useLoaded<import('../../../contracts/report.js').Report>>} */
  const report = useLoaded((signal) => get(`${migrationPath(migration.id)}/report`, signal), migration.id, 0);
  const groups = report.data === null ? [] : undoList(report.data.effects);
  return html`
    <${Dialog} title="Cancel this migration?" confirm="Cancel the migration" decline="Keep it" kind="danger" onConfirm=${() => control('cancel')} onClose=${onClose}>
      <p>It stops for good: a canceled migration cannot be resumed, only started anew. To stop for a while, use Pause.</p>
      <p><strong>The source keeps all its data.</strong> What Godwit did to the clusters is undone:</p>
      <div class="undo">
        ${report.data === null ? (report.error === null ? html`<${Skeleton} lines=${2} />` : html`<p>Restored indices are deleted at the target; Godwit's own snapshot and repository registrations are removed.</p><${Problem} error=${report.error} />`)
          : groups.length === 0 ? html`<p>Nothing so far: neither cluster has been touched.</p>`
          : html`<ul>${groups.map(({ key, what, connection, subjects, undo }) => html`
              <li key=${key}><strong>${what}</strong> on ${connection} ${undo}
                <span class="faint small break">${subjects.slice(0, 5).join(', ')}${subjects.length > 5 ? ` and ${plural(subjects.length - 5, 'more', 'more')}` : ''}</span>
              </li>`)}</ul>`}
      </div>
      <p class="faint small">The report lists whatever could not be undone.</p>
    <//>
  `;
}
