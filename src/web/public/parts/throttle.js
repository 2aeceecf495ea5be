/** Changes how fast a migration goes, while it goes. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { Dialog } from './dialog.js';

/** @typedef {import('../../../contracts/migration.js').Migration} Migration */

/** Types whose requests the clusters limit by themselves. */
const WITHOUT_REQUEST_RATE = ['snapshot-restore', 'components', 'system-indices'];

/** @param {{ migration: Migration, control: import('../pages/migration.js').Control, onClose: () => void }} props */
export function ThrottleDialog({ migration, control, onClose }) {
  const { concurrency, requestsPerSecond } = migration.throttle;
  const hasRate = !WITHOUT_REQUEST_RATE.includes(migration.type);
  const [wanted, setWanted] = useState(String(concurrency ?? ''));
  const [rate, setRate] = useState(requestsPerSecond === null ? '' : String(requestsPerSecond));
  const change = () =>
    control('throttle', {
      ...(wanted === '' || Number(wanted) === concurrency ? {} : { concurrency: Number(wanted) }),
      ...(!hasRate || rate === String(requestsPerSecond ?? '') ? {} : { requestsPerSecond: rate === '' ? null : Number(rate) }),
    });
  return html`
    <${Dialog} title="Change speed" confirm="Change" onConfirm=${change} onClose=${onClose}>
      <p>Takes effect with the next request to the clusters; what is under way is not interrupted. Lower it when a cluster suffers.</p>
      ${concurrency !== null && html`
        <label class="field"><span class="field-label">Requests at once</span>
          <input type="number" min="1" max="256" step="1" value=${wanted} onInput=${(/** @type {any} */ event) => setWanted(event.currentTarget.value)} />
          <span class="faint small">Now ${concurrency}.</span>
        </label>`}
      ${hasRate && html`
        <label class="field"><span class="field-label">Requests per second</span>
          <input type="number" min="0" step="any" value=${rate} placeholder="No limit" onInput=${(/** @type {any} */ event) => setRate(event.currentTarget.value)} />
          <span class="faint small">Empty: no limit.</span>
        </label>`}
    <//>
  `;
}
