/** Every index and slice of a migration, a page at a time. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useState } from 'preact/hooks';
import { get, migrationPath, queryString } from '../lib/api.js';
import { useLoaded } from '../lib/hooks.js';
import { html } from '../lib/html.js';
import { Badge, Choice, Empty, Problem, Skeleton } from '../parts/basics.js';
import { count, size } from '../logic/format.js';
import { isFinal, wordOf } from '../logic/status.js';
import { SLICE_STATUSES } from '../words.js';

/** @typedef {import('../../../contracts/migration.js').Slice} Slice */

const REFRESH_MS = 5_000;
const PAGE_SIZE = '50';

/** @param {{ migration: import('../../../contracts/migration.js').Migration, query: URLSearchParams }} props */
export function SlicesTab({ migration, query }) {
  const filter = { status: query.get('status') ?? '', index: query.get('index') ?? '' };
  const cursor = query.get('cursor');
  const search = queryString({ ...filter, cursor, limit: PAGE_SIZE });
  const path = `${migrationPath(migration.id)}/slices${search}`;
  /** @type {ReturnType<typeof useLoaded<{ items: Slice[], cursor: string | null }>>} */
  const page = useLoaded((signal) => get(path, signal), path, isFinal(migration.status) ? 0 : REFRESH_MS);
  const [typed, setTyped] = useState(filter.index);
  const go = (/** @type {Record<string, string>} */ change) => {
    location.hash = `#/migrations/${encodeURIComponent(migration.id)}/slices${queryString({ ...filter, ...change })}`;
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    go({ index: typed.trim() });
  };
  const isFiltered = filter.status !== '' || filter.index !== '';
  const items = page.data?.items ?? [];
  const next = page.data?.cursor ?? null;
  const statuses = SLICE_STATUSES.map((value) => ({ value, label: wordOf(value).label }));
  return html`
    <section aria-label="Indices and slices">
      <form class="filters" role="search" aria-label="Filter indices" onSubmit=${submit}>
        <${Choice} label="Status" value=${filter.status} options=${statuses} any="Any" onChange=${(/** @type {string} */ status) => go({ status })} />
        <label class="choice grow"><span>Index</span>
          <input type="search" value=${typed} placeholder="Exact name at the source" spellcheck=${false} autocomplete="off" onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button">Search</button>
        ${isFiltered && html`<button type="button" class="button quiet" onClick=${() => { setTyped(''); go({ status: '', index: '' }); }}>Clear</button>`}
      </form>
      <${Problem} error=${page.error} onRetry=${page.reload} />
      ${page.data === null ? page.error === null && html`<${Skeleton} lines=${6} />`
        : items.length === 0 ? html`<${Empty} title=${isFiltered ? 'Nothing matches' : 'No indices yet'}><p>${isFiltered ? 'The name must be that of the index at the source, written out.' : 'They are listed as soon as the plan has been made.'}</p><//>`
        : html`<${Table} items=${items} />`}
      <div class="pager">
        ${cursor !== null && html`<button type="button" class="button" onClick=${() => go({})}>First page</button>`}
        ${next !== null && html`<button type="button" class="button" onClick=${() => go({ cursor: next })}>Next page</button>`}
      </div>
    </section>
  `;
}

/** @param {{ items: readonly Slice[] }} props */
function Table({ items }) {
  const hasSlices = items.some(({ slice }) => slice > 0);
  return html`
    <div class="card table-card" role="region" aria-label="Indices" tabindex="0">
      <table class="data">
        <thead><tr><th scope="col">Index</th>${hasSlices && html`<th scope="col" class="number">Slice</th>`}<th scope="col">Status</th><th scope="col" class="number">Documents</th><th scope="col" class="number">Size</th><th scope="col" class="number">Attempts</th></tr></thead>
        <tbody>${items.map((item) => html`
          <tr key=${`${item.index} ${item.slice}`}>
            <td><span class="mono break">${item.index}</span>
              ${item.target !== item.index && html`<span class="small faint break">→ ${item.target}</span>`}
              ${item.error !== null && html`<span class="small row-error break">${item.error}</span>`}</td>
            ${hasSlices && html`<td class="number">${item.slice}</td>`}
            <td><${Badge} status=${item.status} /></td>
            <td class="number">${count(item.documents)}</td>
            <td class="number">${size(item.bytes)}</td>
            <td class="number">${count(item.attempts)}</td>
          </tr>`)}
        </tbody>
      </table>
    </div>
  `;
}
