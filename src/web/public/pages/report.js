/** The report for reading: what became of it, what differs, what is left to do; and who did what. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { get, migrationPath, request } from '../lib/api.js';
import { useLoaded } from '../lib/hooks.js';
import { html } from '../lib/html.js';
import { Badge, Button, Empty, Problem, Skeleton, Time } from '../parts/basics.js';
import { Differences } from '../parts/differences.js';
import { count, plural, sentence, size } from '../logic/format.js';
import { humanize, isFinal, wordOf } from '../logic/status.js';

/** @typedef {import('../../../contracts/migration.js').Migration} Migration */
/** @typedef {import('../../../contracts/report.js').Report} Report */

const REFRESH_MS = 10_000;
/** Rows that are shown of a table; the file has them all. */
const MAX_ROWS = 200;

/** @param {Migration} migration @returns {ReturnType<typeof useLoaded<Report>>} */
function useReport(migration) {
  const path = `${migrationPath(migration.id)}/report`;
  return useLoaded((signal) => get(path, signal), `${path} ${migration.status}`, isFinal(migration.status) ? 0 : REFRESH_MS);
}

/** Fetched and not linked to, since a link cannot send a token. @param {string} id @param {'json' | 'md'} form */
async function download(id, form) {
  const accept = form === 'md' ? 'text/markdown' : 'application/json';
  const response = await request(`${migrationPath(id)}/report`, { headers: { accept } });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = `godwit-${id.replaceAll(/[^\w.-]+/g, '_')}.${form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @param {{ migration: Migration }} props */
export function ReportTab({ migration }) {
  const { data: report, error, reload } = useReport(migration);
  if (report === null) return error === null ? html`<${Skeleton} lines=${8} />` : html`<${Problem} error=${error} onRetry=${reload} />`;
  const { id } = migration;
  return html`
    <section class="report" aria-label="Report">
      <div class="section-head">
        <p class="faint">${report.final ? 'Final. It is kept, and outlives the workflow.' : 'As of now: the migration goes on, and so does its report.'}</p>
        <div class="controls-row">
          <${Button} onClick=${() => download(id, 'md')} label="Download the report as Markdown">Markdown<//>
          <${Button} onClick=${() => download(id, 'json')} label="Download the report as JSON">JSON<//>
        </div>
      </div>
      ${error !== null && html`<${Problem} error=${error} onRetry=${reload} />`}
      <${Verification} report=${report} />
      <${Effects} report=${report} />
      <${Indices} report=${report} />
      <${Differences} indices=${report.indices} />
      <${Findings} report=${report} />
      <details class="card"><summary>What was asked for</summary><pre class="code">${JSON.stringify(report.request, null, 2)}</pre></details>
    </section>
  `;
}

/** @param {{ report: Report }} props */
function Verification({ report }) {
  const { verification, totals, clusters } = report;
  /** @type {[string, unknown][]} */
  const figures = [
    ['Indices', count(totals.indices)],
    ['Documents', count(totals.documents)],
    ['Size', size(totals.bytes)],
    ['Compared', count(verification.compared)],
    ['Equal', count(verification.equal + verification.withinCutoff)],
    ['Differ', count(verification.mismatches)],
    ['Skipped', count(verification.skipped)],
  ];
  const cluster = (/** @type {Report['clusters']['source']} */ known) => (known === null ? 'not reached yet' : `${known.name}, ${known.version}`);
  return html`
    <div class="card">
      <div class="section-head"><h2>Verification</h2><${Badge} status=${verification.status} /></div>
      <dl class="figures">${figures.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      ${verification.cutoff !== null && html`<p class="small break">Compared up to ${verification.cutoff}.${verification.withinCutoff > 0 && ` ${plural(verification.withinCutoff, 'index differs', 'indices differ')} only by writes after that.`}</p>`}
      <p class="small faint">From ${report.source} (${cluster(clusters.source)}) to ${report.target} (${cluster(clusters.target)}).</p>
    </div>
  `;
}

/** @param {{ report: Report }} props */
function Effects({ report: { effects, final } }) {
  return html`
    <div class="card">
      <h2>${final ? 'Still in place at the clusters' : 'Done to the clusters so far'}</h2>
      ${effects.length === 0 ? html`<p class="faint">Nothing.</p>` : html`
        <div class="scroll" role="region" aria-label="Effects" tabindex="0"><table class="data"><thead><tr><th scope="col">What</th><th scope="col">Cluster</th><th scope="col">Subject</th><th scope="col">State</th><th scope="col">Note</th></tr></thead>
        <tbody>${effects.slice(0, MAX_ROWS).map((row) => html`<tr><td>${humanize(row.kind)}</td><td>${row.connection}</td><td class="mono break">${row.subject}</td><td><${Badge} status=${row.state} /></td><td class="break">${row.note ?? ''}</td></tr>`)}</tbody></table></div>
        <${More} shown=${Math.min(MAX_ROWS, effects.length)} total=${effects.length} />`}
    </div>
  `;
}

/** @param {{ report: Report }} props */
function Indices({ report: { indices, indicesTotal } }) {
  return html`
    <div class="card">
      <h2>Indices <span class="count">${count(indicesTotal)}</span></h2>
      ${indices.length === 0 ? html`<p class="faint">None has been planned yet.</p>` : html`
        <div class="scroll" role="region" aria-label="Indices compared" tabindex="0"><table class="data"><thead><tr><th scope="col">Index</th><th scope="col">Verdict</th><th scope="col" class="number">At source</th><th scope="col" class="number">At target</th><th scope="col" class="number">Later writes</th><th scope="col">Note</th></tr></thead>
        <tbody>${indices.slice(0, MAX_ROWS).map((row) => html`
          <tr key=${row.index}><td><span class="mono break">${row.index}</span>${row.target !== row.index && html`<span class="small faint break">→ ${row.target}</span>`}</td>
            <td><${Badge} status=${row.verdict} /></td><td class="number">${count(row.sourceDocuments)}</td><td class="number">${count(row.targetDocuments)}</td><td class="number">${count(row.operationsAfterCutoff)}</td><td class="break">${row.note ?? ''}</td></tr>`)}</tbody></table></div>
        <${More} shown=${Math.min(MAX_ROWS, indices.length)} total=${indicesTotal} />`}
    </div>
  `;
}

/** @param {{ shown: number, total: number }} props */
function More({ shown, total }) {
  return total > shown && html`<p class="small faint">${plural(total - shown, 'more row is', 'more rows are')} not shown here; the JSON report has up to 1,000.</p>`;
}

/** @param {{ report: Report }} props */
function Findings({ report: { findings } }) {
  if (findings.length === 0) return null;
  return html`<div class="card"><h2>Preflight</h2><${FindingList} findings=${findings} /></div>`;
}

/** @param {{ findings: readonly import('../../../contracts/preflight.js').Finding[] }} props */
export function FindingList({ findings }) {
  return html`
    <ul class="findings">${findings.map((finding) => html`
      <li class="finding tone-${wordOf(finding.severity).tone}">
        <${Badge} status=${finding.severity} />
        <div><p><strong class="break">${finding.subject}</strong> <code class="faint small">${finding.code}</code></p>
          <p class="break">${sentence(finding.message)}</p>
          ${finding.remedy !== '' && html`<p class="remedy"><strong>What to do</strong> <span class="break">${finding.remedy}</span></p>`}</div>
      </li>`)}
    </ul>
  `;
}

/** @param {{ migration: Migration, now: number }} props */
export function AuditTab({ migration, now }) {
  const { data: report, error, reload } = useReport(migration);
  if (report === null) return error === null ? html`<${Skeleton} lines=${4} />` : html`<${Problem} error=${error} onRetry=${reload} />`;
  if (report.audit.length === 0) return html`<${Empty} title="Nobody has done anything yet"><p>Every start, pause, retry and cancel is recorded here with who asked for it.</p><//>`;
  return html`
    <section class="card table-card" role="region" aria-label="Audit" tabindex="0">
      <table class="data"><thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">Role</th><th scope="col">What</th><th scope="col">Detail</th></tr></thead>
      <tbody>${report.audit.map((row) => html`<tr><td><${Time} at=${row.at} now=${now} /></td><td class="break">${row.actor}</td><td>${row.role}</td><td>${humanize(row.action)}</td><td class="break">${row.detail ?? ''}</td></tr>`)}</tbody></table>
    </section>
  `;
}
