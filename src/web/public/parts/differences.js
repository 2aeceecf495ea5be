/** Which documents differ, as far as the report lists them: by id, with their fields. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { html } from '../lib/html.js';
import { count, plural } from '../logic/format.js';
import { Badge } from './basics.js';

/** @import { ContentReport, Difference, FieldDifference } from '../../../contracts/content-report.js' */
/** @import { IndexReport } from '../../../contracts/report.js' */

/** Indices whose differences are shown; the file has more. */
const MAX_INDICES = 20;

/** @param {{ indices: readonly IndexReport[] }} props nothing where all documents are equal or only counts were compared */
export function Differences({ indices }) {
  const differing = indices.flatMap(({ index, content }) => (content === null || content === undefined || total(content) === 0 ? [] : [{ index, content }]));
  if (differing.length === 0) return null;
  return html`
    <div class="card">
      <h2>Documents that differ</h2>
      ${differing.slice(0, MAX_INDICES).map(({ index, content }) => html`<${OfIndex} key=${index} index=${index} content=${content} />`)}
      ${differing.length > MAX_INDICES && html`<p class="small faint">${plural(differing.length - MAX_INDICES, 'more index differs', 'more indices differ')}; see the JSON report.</p>`}
    </div>
  `;
}

/** @param {ContentReport} content @returns {number} */
function total({ missing, extra, different }) {
  return missing + extra + different;
}

/** @param {{ index: string, content: ContentReport }} props */
function OfIndex({ index, content }) {
  const { differences, missing, extra, different, note } = content;
  const unlisted = total(content) - differences.length;
  const aside = [content.rewritten > 0 ? `${count(content.rewritten)} equal but for rounding` : '', content.afterCutoff > 0 ? `${count(content.afterCutoff)} by later writes` : ''].filter((text) => text !== '');
  return html`
    <details class="differences" open=${differences.length > 0}>
      <summary><span class="mono break">${index}</span> ${count(missing)} missing, ${count(extra)} extra, ${count(different)} different</summary>
      ${aside.length > 0 && html`<p class="small faint">Not counted: ${aside.join(', ')}.</p>`}
      ${note !== null && html`<p class="small faint break">Compared: ${note}.</p>`}
      ${differences.length > 0 && html`
        <div class="scroll" role="region" aria-label=${`Documents of ${index} that differ`} tabindex="0"><table class="data"><thead><tr><th scope="col">Document</th><th scope="col">Kind</th><th scope="col">Field: at source → at target</th></tr></thead>
        <tbody>${differences.map((row) => html`<tr key=${row.id}><td class="mono break">${row.id}</td><td><${Badge} status=${row.kind} /></td><td class="break">${fieldsOf(row)}</td></tr>`)}</tbody></table></div>`}
      ${unlisted > 0 && html`<p class="small faint">${plural(unlisted, 'more is', 'more are')} counted and not listed.</p>`}
    </details>
  `;
}

/** @param {Difference} difference @returns {unknown} */
function fieldsOf({ kind, fields }) {
  if (kind !== 'different') return '';
  if (fields.length === 0) return 'equal values, other bytes';
  return fields.map(({ path, source, target }) => html`<div key=${path}><code>${path}</code>: ${valueOf(source)} → ${valueOf(target)}</div>`);
}

/** @param {FieldDifference['source']} value @returns {unknown} */
function valueOf(value) {
  return value === null ? html`<span class="faint">not there</span>` : html`<span class="mono">${value}</span>`;
}
