/** One migration: what goes on or what is wrong, what to do about it, and everything to judge that by. Live. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { get, migrationPath, post } from '../lib/api.js';
import { follow } from '../lib/follow.js';
import { useNow, useTitle } from '../lib/hooks.js';
import { html } from '../lib/html.js';
import { useMayControl } from '../lib/session.js';
import { Banner } from '../parts/banner.js';
import { Badge, Empty, Problem, Skeleton, Time } from '../parts/basics.js';
import { Controls } from '../parts/controls.js';
import { duration, relativeTime, secondsBetween } from '../logic/format.js';
import { documentTitle, humanize } from '../logic/status.js';
import { keepSample } from '../parts/sample-memory.js';
import { Overview } from './overview.js';
import { AuditTab, ReportTab } from './report.js';
import { SlicesTab } from './slices.js';

/** @typedef {import('../../../contracts/migration.js').Migration} Migration */
/** @typedef {{ state: 'connecting' | 'live' | 'lost' | 'ended', error: import('../lib/api.js').ApiError | null, seenAt: string | null }} Connection */
/** @typedef {(action: string, body?: unknown) => Promise<void>} Control */

const TABS = [
  { name: 'overview', label: 'Overview' },
  { name: 'slices', label: 'Indices' },
  { name: 'report', label: 'Report' },
  { name: 'audit', label: 'Audit' },
];

/** @param {{ id: string, tab: string, query: URLSearchParams }} props */
export function MigrationPage({ id, tab, query }) {
  const [migration, setMigration] = useState(/** @type {Migration | null} */ (null));
  const [connection, setConnection] = useState(/** @type {Connection} */ ({ state: 'connecting', error: null, seenAt: null }));
  const mayControl = useMayControl();
  const now = useNow(1000);
  useTitle(migration === null ? 'Migration · Godwit' : documentTitle(migration));

  useEffect(() => {
    return follow(id, {
      changed: (next) => {
        setMigration(next);
        keepSample(next);
      },
      connection: (state, error) =>
        setConnection((before) => ({ state, error, seenAt: state === 'lost' ? before.seenAt : new Date().toISOString() })),
    });
  }, [id]);

  /** @type {Control} */
  const control = useCallback(
    async (action, body) => {
      try {
        setMigration(await post(`${migrationPath(id)}/${action}`, body));
      } catch (error) {
        // Whatever was refused, the page should show why: somebody else may have acted meanwhile.
        get(migrationPath(id)).then(setMigration, () => undefined);
        throw error;
      }
    },
    [id],
  );

  if (migration === null) return html`<${Waiting} id=${id} connection=${connection} />`;
  return html`
    <nav class="crumbs" aria-label="Breadcrumb"><a href="#/">Migrations</a> <span aria-hidden="true">/</span> <code>${id}</code></nav>
    <div class="page-head migration-head">
      <div>
        <h1>${migration.source} <span class="arrow" aria-label="to">→</span> ${migration.target}</h1>
        <p class="sub"><${Badge} status=${migration.status} /> <span>${humanize(migration.type)}</span> <span>Started <${Time} at=${migration.createdAt} now=${now} /></span>
          <span>${migration.endedAt === null ? 'for' : 'took'} ${duration(secondsBetween(migration.createdAt, migration.endedAt, now))}</span></p>
      </div>
      ${mayControl && html`<${Controls} migration=${migration} control=${control} />`}
    </div>
    <${Freshness} migration=${migration} connection=${connection} now=${now} />
    <${Banner} migration=${migration} control=${mayControl ? control : null} />
    <nav class="tabs" aria-label="Parts of this migration">
      ${TABS.map(({ name, label }) => html`<a href=${`#/migrations/${encodeURIComponent(id)}${name === 'overview' ? '' : `/${name}`}`} aria-current=${name === tab ? 'page' : undefined}>${label}</a>`)}
      <span class=${`live live-${connection.state}`} role="status">${LIVE[connection.state]}</span>
    </nav>
    ${tab === 'slices' ? html`<${SlicesTab} migration=${migration} query=${query} />`
      : tab === 'report' ? html`<${ReportTab} migration=${migration} />`
      : tab === 'audit' ? html`<${AuditTab} migration=${migration} now=${now} />`
      : html`<${Overview} migration=${migration} now=${now} control=${mayControl ? control : null} />`}
  `;
}

const LIVE = { connecting: 'Connecting', live: 'Live', lost: 'Disconnected', ended: 'Final' };

/** Says when the page or the API's answer is not fresh. @param {{ migration: Migration, connection: Connection, now: number }} props */
function Freshness({ migration, connection, now }) {
  const { state, seenAt } = connection;
  return html`
    ${state === 'lost' && html`<div class="strip tone-wait" role="alert"><strong>Disconnected.</strong> <span>This page shows what was known ${seenAt === null ? 'before' : relativeTime(seenAt, now)}, and connects again by itself.</span></div>`}
    ${migration.notice !== null && html`<div class="strip tone-wait" role="status"><strong>Not live.</strong> <span class="break">${migration.notice}</span></div>`}
  `;
}

/** @param {{ id: string, connection: Connection }} props */
function Waiting({ id, connection: { error } }) {
  if (error?.status === 404) {
    return html`<${Empty} title="No migration has this id"><p><code>${id}</code></p><p><a href="#/">See all migrations</a></p><//>`;
  }
  return html`
    <nav class="crumbs" aria-label="Breadcrumb"><a href="#/">Migrations</a> <span aria-hidden="true">/</span> <code>${id}</code></nav>
    <${Problem} error=${error} />
    ${error === null && html`<${Skeleton} lines=${8} />`}
  `;
}
