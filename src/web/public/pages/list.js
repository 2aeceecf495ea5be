/** All migrations, newest first; those that wait for a person come before everything else. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { get, queryString } from '../lib/api.js';
import { useLoaded, useNow, useTitle } from '../lib/hooks.js';
import { html } from '../lib/html.js';
import { useMayControl } from '../lib/session.js';
import { Badge, Bar, Choice, Empty, Problem, Skeleton, Time } from '../parts/basics.js';
import { count, duration, percent, secondsBetween } from '../logic/format.js';
import { humanize, isFinal, overallAmount, overallFraction, summarize, waitingSince, wordOf } from '../logic/status.js';
import { MIGRATION_STATUSES, MIGRATION_TYPES } from '../words.js';

/** @typedef {import('../../../contracts/migration.js').Migration} Migration */
/** @typedef {{ items: Migration[], cursor: string | null }} Page */

const REFRESH_MS = 5_000;
const PAGE_SIZE = '25';
const FILTERS = ['status', 'type', 'source', 'target'];
/** Statuses in which nothing goes on without a person. */
const WAITING = ['needs-attention', 'awaiting-approval'];

/** @param {string} id @returns {string} */
function addressOf(id) {
  return `#/migrations/${encodeURIComponent(id)}`;
}

/** @param {{ query: URLSearchParams }} props */
export function ListPage({ query }) {
  const now = useNow(1000);
  const mayControl = useMayControl();
  const cursor = query.get('cursor');
  const filter = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? '']));
  const search = queryString({ ...filter, cursor, limit: PAGE_SIZE });
  /** @type {ReturnType<typeof useLoaded<Page>>} */
  const page = useLoaded((signal) => get(`/v1/migrations${search}`, signal), search, REFRESH_MS);
  /** @type {ReturnType<typeof useLoaded<Migration[]>>} */
  const waiting = useLoaded(
    async (signal) => (await Promise.all(WAITING.map((status) => get(`/v1/migrations?status=${status}&limit=5`, signal)))).flatMap(({ items }) => items),
    'waiting',
    REFRESH_MS,
  );
  /** @type {ReturnType<typeof useLoaded<{ items: { name: string }[] }>>} */
  const connections = useLoaded((signal) => get('/v1/connections', signal), 'connections', 0);
  const isFiltered = Object.values(filter).some((value) => value !== '');
  const waits = waiting.data?.length ?? 0;
  useTitle(waits > 0 ? `(${waits}) waiting · Godwit` : 'Migrations · Godwit');

  const go = (/** @type {Record<string, string>} */ change) => {
    location.hash = `#/${queryString({ ...filter, ...change })}`;
  };
  const names = (connections.data?.items ?? []).map(({ name }) => name);
  const statuses = MIGRATION_STATUSES.map((value) => ({ value, label: wordOf(value).label }));
  const types = MIGRATION_TYPES.map((value) => ({ value, label: humanize(value) }));
  return html`
    <div class="page-head">
      <h1>Migrations</h1>
      ${mayControl && html`<a class="button main" href="#/new">New migration</a>`}
    </div>
    ${!isFiltered && cursor === null && waits > 0 && html`<${Waiting} items=${waiting.data ?? []} now=${now} />`}
    <section aria-label="All migrations">
      <div class="filters" role="search" aria-label="Filter migrations">
        <${Choice} label="Status" value=${filter['status']} options=${statuses} any="Any" onChange=${(/** @type {string} */ status) => go({ status })} />
        <${Choice} label="Type" value=${filter['type']} options=${types} any="Any" onChange=${(/** @type {string} */ type) => go({ type })} />
        <${Choice} label="Source" value=${filter['source']} options=${names} any="Any" onChange=${(/** @type {string} */ source) => go({ source })} />
        <${Choice} label="Target" value=${filter['target']} options=${names} any="Any" onChange=${(/** @type {string} */ target) => go({ target })} />
        ${isFiltered && html`<a class="button quiet" href="#/">Clear</a>`}
      </div>
      <${Problem} error=${page.error} onRetry=${page.reload} />
      ${page.data === null
        ? page.error === null && html`<${Skeleton} lines=${6} />`
        : html`<${Table} page=${page.data} now=${now} isFiltered=${isFiltered} isFirst=${cursor === null} mayControl=${mayControl} onOlder=${(/** @type {string} */ next) => go({ cursor: next })} onNewest=${() => go({})} />`}
    </section>
  `;
}

/** @param {{ items: Migration[], now: number }} props */
function Waiting({ items, now }) {
  return html`
    <section class="waiting" aria-label="Waiting for you">
      <h2>Waiting for you</h2>
      <ul>${items.map((migration) => {
        const { tone, title, text } = summarize(migration);
        const since = waitingSince(migration);
        return html`
          <li key=${migration.id}>
            <a class="waiting-item tone-${tone}" href=${addressOf(migration.id)}>
              <span class="waiting-head"><${Badge} status=${migration.status} label=${title} /><strong>${migration.source} <span aria-label="to">→</span> ${migration.target}</strong></span>
              <span class="waiting-text">${text}</span>
              ${since !== null && html`<span class="faint small">Waiting since <${Time} at=${since} now=${now} /></span>`}
            </a>
          </li>`;
      })}</ul>
    </section>
  `;
}

/**
 * @param {{ page: Page, now: number, isFiltered: boolean, isFirst: boolean, mayControl: boolean, onOlder: (cursor: string) => void, onNewest: () => void }} props
 */
function Table({ page, now, isFiltered, isFirst, mayControl, onOlder, onNewest }) {
  if (page.items.length === 0) return html`<${Nothing} isFiltered=${isFiltered} isFirst=${isFirst} mayControl=${mayControl} />`;
  return html`
    <div class="card table-card">
      <table class="list" role="table">
        <thead role="rowgroup"><tr role="row">${['Status', 'Migration', 'Progress', 'Started', 'Duration'].map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
        <tbody role="rowgroup">${page.items.map((migration) => html`<${Row} key=${migration.id} migration=${migration} now=${now} />`)}</tbody>
      </table>
    </div>
    <div class="pager">
      ${!isFirst && html`<button type="button" class="button" onClick=${onNewest}>Newest</button>`}
      ${page.cursor !== null && html`<button type="button" class="button" onClick=${() => onOlder(page.cursor ?? '')}>Older</button>`}
    </div>
  `;
}

/** @param {{ migration: Migration, now: number }} props */
function Row({ migration, now }) {
  const { id, type, source, target, status, progress, attentionTotal, createdAt, endedAt } = migration;
  const far = overallFraction(progress);
  return html`
    <tr role="row">
      <td role="cell" class="cell-status"><${Badge} status=${status} />
        ${attentionTotal > 0 && status === 'running' && html`<span class="stuck">${count(attentionTotal)} stuck</span>`}
      </td>
      <td role="cell" class="cell-name">
        <a class="row-link" href=${addressOf(id)}>${source} <span aria-label="to">→</span> ${target}</a>
        <span class="faint small">${humanize(type)} · <code>${id}</code></span>
      </td>
      <td role="cell" class="cell-progress">
        <${Bar} label=${`Progress of ${source} to ${target}`} value=${isFinal(status) && far === null ? 0 : far} text=${percent(far)} tone=${wordOf(status).tone} />
        <span class="small faint">${far !== null && html`<strong class="ink">${percent(far)}</strong> · `}${overallAmount(migration)}</span>
      </td>
      <td role="cell" class="cell-when"><span class="only-narrow faint">Started </span><${Time} at=${createdAt} now=${now} /></td>
      <td role="cell" class="cell-took"><span class="only-narrow faint">${endedAt === null ? 'for ' : 'took '}</span>${duration(secondsBetween(createdAt, endedAt, now))}</td>
    </tr>
  `;
}

/** @param {{ isFiltered: boolean, isFirst: boolean, mayControl: boolean }} props */
function Nothing({ isFiltered, isFirst, mayControl }) {
  if (isFiltered) return html`<${Empty} title="No migration matches"><p><a href="#/">Clear the filter</a> to see them all.</p><//>`;
  if (!isFirst) return html`<${Empty} title="There is nothing older"><p><a href="#/">Back to the newest</a></p><//>`;
  return html`
    <${Empty} title="No migrations yet">
      <p>A migration moves indices and data streams from one Elasticsearch cluster to another, and does not lose its place whatever happens on the way.</p>
      <p>First see that both clusters can be reached in <a href="#/connections">Connections</a>${mayControl && html`, then <a href="#/new">start one</a>. The preflight shows what would happen, and touches nothing`}.</p>
    <//>
  `;
}
