/** What is stuck: what happened, what to do, and the buttons. Gates, which wait for a yes, look alike. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useState } from 'preact/hooks';
import { asApiError } from '../lib/api.js';
import { html } from '../lib/html.js';
import { count, sentence } from '../logic/format.js';
import { humanize } from '../logic/status.js';
import { Button, Problem, Time } from './basics.js';
import { Dialog } from './dialog.js';

/** @typedef {import('../../../contracts/migration.js').Migration} Migration */
/** @typedef {import('../../../contracts/migration.js').Attention} Entry */
/** @typedef {import('../pages/migration.js').Control | null} MaybeControl */

/** Cards before "show all": a screen or two. */
const FIRST = 8;

/** @param {{ migration: Migration, now: number, control: MaybeControl }} props */
export function AttentionCards({ migration, now, control }) {
  const [showsAll, setShowsAll] = useState(false);
  const { attention, attentionTotal } = migration;
  if (attention.length === 0) return null;
  const shown = showsAll ? attention : attention.slice(0, FIRST);
  const total = Math.max(attentionTotal, attention.length);
  return html`
    <section class="attention" aria-label="Needs attention">
      <div class="section-head">
        <h2>Needs attention <span class="count">${count(total)}</span></h2>
        ${total > shown.length && html`<span class="faint small">Showing ${count(shown.length)} of ${count(total)}</span>`}
      </div>
      <ul>${shown.map((entry) => html`<${Card} key=${`${entry.step} ${entry.subject}`} entry=${entry} now=${now} control=${control} />`)}</ul>
      ${attention.length > shown.length && html`<button type="button" class="button quiet" onClick=${() => setShowsAll(true)}>Show ${count(attention.length - shown.length)} more</button>`}
    </section>
  `;
}

/** @param {{ entry: Entry, now: number, control: MaybeControl }} props */
function Card({ entry, now, control }) {
  const { subject, error, remedy, code, step, since, skippable, retryAt } = entry;
  const [isSkipping, setSkipping] = useState(false);
  const [refusal, setRefusal] = useState(/** @type {import('../lib/api.js').ApiError | null} */ (null));
  const retry = async () => {
    setRefusal(null);
    await control?.('retry', { subject }).catch((cause) => setRefusal(asApiError(cause)));
  };
  return html`
    <li class="card attention-card">
      <div class="attention-text">
        <h3 class="break">${subject}</h3>
        <p class="faint small">${humanize(step)} · <code>${code}</code> · since <${Time} at=${since} now=${now} />${retryAt !== null && html` · tries again by itself <${Time} at=${retryAt} now=${now} relative=${true} />`}</p>
        <p class="break">${sentence(error)}</p>
        <p class="remedy"><strong>What to do</strong> <span class="break">${remedy}</span></p>
        <${Problem} error=${refusal} />
      </div>
      ${control !== null && html`
        <div class="attention-buttons">
          <${Button} onClick=${retry} label=${`Retry ${subject}`} name="retry">Retry<//>
          ${skippable && html`<${Button} kind="quiet" onClick=${() => setSkipping(true)} label=${`Skip ${subject}`} name="skip">Skip<//>`}
        </div>`}
      ${isSkipping && control !== null && html`
        <${Dialog} title=${`Skip ${subject}?`} confirm="Skip it" kind="danger" onConfirm=${() => control('skip', { subject })} onClose=${() => setSkipping(false)}>
          ${step === 'verify'
            ? html`<p>The difference between source and target is accepted, and the report names it. Nothing is changed at either cluster.</p>`
            : html`<p>It is left out of this migration: it will <strong>not be complete at the target</strong>, and the report says so. The source keeps it. The rest goes on.</p>`}
        <//>`}
    </li>
  `;
}

/** @param {{ migration: Migration, control: MaybeControl }} props */
export function Gates({ migration, control }) {
  // The banner asks for the only one that everything waits for.
  if (migration.gates.length === 0 || (migration.gates.length === 1 && migration.status === 'awaiting-approval')) return null;
  return html`
    <section class="attention" aria-label="Gates">
      <div class="section-head"><h2>Waits for approval</h2></div>
      <ul>${migration.gates.map(({ name, question }) => html`<${GateCard} key=${name} name=${name} question=${question} control=${control} />`)}</ul>
    </section>
  `;
}

/** @param {{ name: string, question: string, control: MaybeControl }} props */
function GateCard({ name, question, control }) {
  const [isAsking, setAsking] = useState(false);
  return html`
    <li class="card attention-card">
      <div class="attention-text"><h3>${humanize(name)}</h3><p class="break">${question}</p></div>
      ${control !== null && html`<div class="attention-buttons"><${Button} onClick=${() => setAsking(true)} label=${`Approve ${name}`} name="approve">Approve<//></div>`}
      ${isAsking && control !== null && html`<${ApproveDialog} name=${name} question=${question} control=${control} onClose=${() => setAsking(false)} />`}
    </li>
  `;
}

/** @param {{ name: string, question: string, control: import('../pages/migration.js').Control, onClose: () => void }} props */
export function ApproveDialog({ name, question, control, onClose }) {
  return html`
    <${Dialog} title=${`Approve ${humanize(name).toLowerCase()}?`} confirm="Approve" onConfirm=${() => control('approve', { gate: name })} onClose=${onClose}>
      <p class="break">${question}</p>
      <p class="faint small">It goes on at once, and the audit keeps who approved it.</p>
    <//>
  `;
}
