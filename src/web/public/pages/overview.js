/** The first tab of a migration: what is stuck, how far it is, how fast it goes, which step it is in. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { count, documentRate, duration, fraction, percent, roughly, secondsBetween, size, sizeRate } from '../logic/format.js';
import { currentStep, humanize, isFinal, wordOf } from '../logic/status.js';
import { AttentionCards, Gates } from '../parts/attention.js';
import { Badge, Bar, Time } from '../parts/basics.js';
import { Chart } from '../parts/chart.js';
import { samplesOf } from '../parts/sample-memory.js';

/** @typedef {import('../../../contracts/migration.js').Migration} Migration */
/** @typedef {import('../logic/samples.js').Sample} Sample */

/** @param {{ migration: Migration, now: number, control: import('./migration.js').Control | null }} props */
export function Overview({ migration, now, control }) {
  return html`
    <div class="overview">
      <div class="overview-main">
        <${Gates} migration=${migration} control=${control} />
        <${AttentionCards} migration=${migration} now=${now} control=${control} />
        <${Progress} migration=${migration} now=${now} />
        <${Throughput} migration=${migration} />
      </div>
      <div class="overview-side">
        <${Steps} migration=${migration} now=${now} />
        <${Facts} migration=${migration} now=${now} />
      </div>
    </div>
  `;
}

/** A measurement that is older than this says nothing about now, milliseconds. */
const STALE_MS = 30_000;

/** @param {Migration} migration @param {number} now @returns {[string, string][]} what is known of its speed, by name */
function figuresOf(migration, now) {
  const { progress, status, createdAt, endedAt } = migration;
  const seconds = secondsBetween(createdAt, endedAt, now);
  if (isFinal(status)) {
    const perSecond = (/** @type {number} */ amount) => (seconds > 0 ? amount / seconds : null);
    return [
      ['Took', duration(seconds)],
      ['Documents, on average', documentRate(perSecond(progress.documents.done))],
      ['Bytes, on average', sizeRate(perSecond(progress.bytes.done))],
    ];
  }
  if (status !== 'running' || currentStep(migration) === null) return [['Since the start', duration(seconds)]];
  const latest = samplesOf(migration.id).at(-1);
  const bytesPerSecond = latest !== undefined && now - latest.atMs < STALE_MS ? latest.bytesPerSecond : null;
  return [
    ['Time left', progress.etaSeconds === null ? 'not known' : roughly(progress.etaSeconds)],
    ['Documents per second', documentRate(progress.documentsPerSecond)],
    ['Bytes per second', sizeRate(bytesPerSecond)],
  ];
}

/** @param {{ migration: Migration, now: number }} props */
function Progress({ migration, now }) {
  const { progress, status, type } = migration;
  const tone = wordOf(status).tone;
  return html`
    <section class="card" aria-label="Progress">
      <h2>Progress</h2>
      <div class="amounts">
        <${AmountBar} name="Documents" amount=${progress.documents} show=${count} tone=${tone} />
        <${AmountBar} name="Bytes" amount=${progress.bytes} show=${size} tone=${tone} note=${BYTES_NOTE[type]} />
      </div>
      <dl class="figures">${figuresOf(migration, now).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    </section>
  `;
}

/** @type {Readonly<Record<string, string>>} what else than plain bytes moved is counted */
const BYTES_NOTE = { 'snapshot-restore': 'into the snapshot and out of it again' };

/** @param {{ name: string, amount: { done: number, total: number | null }, show: (value: number | null) => string, tone: string, note?: string }} props */
function AmountBar({ name, amount, show, tone, note }) {
  const far = fraction(amount);
  const of = amount.total === null ? '(total not known yet)' : `of ${show(amount.total)}`;
  return html`
    <div class="amount">
      <div class="amount-head"><span>${name}</span><span class="faint"><strong class="ink">${show(amount.done)}</strong> ${of}${note !== undefined && html`<span class="small">, ${note}</span>`}</span><span class="amount-percent">${percent(far)}</span></div>
      <${Bar} label=${name} value=${far} text=${`${show(amount.done)} ${of}`} tone=${tone} />
    </div>
  `;
}

/** Distances between the lines of an axis that read as round numbers in its unit. */
const BINARY_STEPS = Array.from({ length: 50 }, (_none, power) => 2 ** power);
const DECIMAL_STEPS = Array.from({ length: 12 }, (_none, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
const TIME_STEPS = [5, 15, 30, 60, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 864_000];

const bytesAxis = (/** @type {number} */ value) => sizeRate(value);
const documentsAxis = (/** @type {number} */ value) => documentRate(value);
const timeAxis = (/** @type {number} */ value) => duration(value);

/** @type {readonly { name: string, label: string, pick: (sample: Sample) => number | null, format: (value: number) => string, steps: readonly number[] }[]} */
const SERIES = [
  { name: 'bytes', label: 'Bytes', pick: (sample) => sample.bytesPerSecond, format: bytesAxis, steps: BINARY_STEPS },
  { name: 'documents', label: 'Documents', pick: (sample) => sample.documentsPerSecond, format: documentsAxis, steps: DECIMAL_STEPS },
  { name: 'eta', label: 'Time left', pick: (sample) => sample.etaSeconds, format: timeAxis, steps: TIME_STEPS },
];

/** @param {{ migration: Migration }} props */
function Throughput({ migration }) {
  const [chosen, setChosen] = useState('bytes');
  const all = samplesOf(migration.id);
  const series = SERIES.find(({ name }) => name === chosen) ?? SERIES[0];
  if (series === undefined) return null;
  // Begins where there is something to draw: a speed takes some seconds to be known.
  const samples = all.slice(Math.max(0, all.findIndex((sample) => series.pick(sample) !== null)));
  const values = samples.map(series.pick).filter((value) => value !== null);
  const latest = values.at(-1);
  const hasLine = values.length >= 2 && latest !== undefined;
  // Where nothing moves, nothing will be drawn.
  if (!hasLine && migration.status !== 'running') return null;
  const label = hasLine ? `${series.label} over time: ${series.format(latest)} now, at most ${series.format(Math.max(...values))}` : `${series.label} over time`;
  return html`
    <section class="card" aria-label="Throughput">
      <div class="section-head">
        <h2>Over time</h2>
        <div class="segments" role="group" aria-label="What the chart shows">${SERIES.map(({ name, label: text }) => html`
          <button type="button" aria-pressed=${name === chosen} onClick=${() => setChosen(name)}>${text}</button>`)}
        </div>
      </div>
      ${hasLine
        ? html`<${Chart} samples=${samples} pick=${series.pick} format=${series.format} steps=${series.steps} label=${label} />`
        : html`<div class="chart chart-empty"><p class="faint">Drawn from what arrives while this page is open${series.name === 'eta' ? '; the time left is not known yet.' : '.'}</p></div>`}
    </section>
  `;
}

/** @param {{ migration: Migration, now: number }} props */
function Steps({ migration, now }) {
  const { steps } = migration;
  return html`
    <section class="card" aria-label="Steps">
      <h2>Steps</h2>
      ${steps.length === 0 ? html`<p class="faint">It has just been accepted; the steps show once a worker has taken it.</p>` : html`
      <ol class="steps">${steps.map(({ name, status, startedAt, endedAt, detail }) => {
        const isStuck = status === 'running' && migration.attention.some(({ step }) => step === name) && migration.status === 'needs-attention';
        const shown = isStuck ? 'needs-attention' : status === 'running' && migration.status !== 'running' ? migration.status : status;
        return html`
          <li key=${name} class="step tone-${wordOf(shown).tone} step-${status}" aria-current=${status === 'running' ? 'step' : undefined}>
            <span class="step-mark" aria-hidden="true"></span>
            <div class="step-text">
              <div class="step-head"><strong>${humanize(name)}</strong> <span class="small step-status">${wordOf(shown).label}</span></div>
              ${startedAt !== null && html`<p class="faint small"><${Time} at=${startedAt} now=${now} /> · ${duration(secondsBetween(startedAt, endedAt, now))}</p>`}
              ${detail !== null && html`<p class="small break">${detail}</p>`}
            </div>
          </li>`;
      })}</ol>`}
    </section>
  `;
}

/** @param {{ migration: Migration, now: number }} props */
function Facts({ migration, now }) {
  const { id, verification, throttle, createdAt, endedAt } = migration;
  return html`
    <section class="card" aria-label="Facts">
      <h2>Facts</h2>
      <dl class="facts facts-list">
        <div><dt>Verification</dt><dd><${Badge} status=${verification.status} /> <span class="faint small">by ${verification.mode}${verification.mismatches > 0 && `, ${count(verification.mismatches)} differ`}</span></dd></div>
        ${throttle.concurrency !== null && html`<div><dt>Requests at once</dt><dd>${count(throttle.concurrency)}</dd></div>`}
        ${throttle.requestsPerSecond !== null && html`<div><dt>Requests per second</dt><dd>${count(throttle.requestsPerSecond)}</dd></div>`}
        <div><dt>Started</dt><dd><${Time} at=${createdAt} now=${now} /></dd></div>
        <div><dt>Ended</dt><dd><${Time} at=${endedAt} now=${now} none="not yet" /></dd></div>
        <div><dt>Id, also in Temporal</dt><dd><code class="break">${id}</code></dd></div>
      </dl>
    </section>
  `;
}
