/** The clusters that Godwit knows, and whether it can use them. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useState } from 'preact/hooks';
import { asApiError, get, post } from '../lib/api.js';
import { useLoaded, useNow, useTitle } from '../lib/hooks.js';
import { html } from '../lib/html.js';
import { useMayControl } from '../lib/session.js';
import { Badge, Button, Empty, Problem, Skeleton, Time } from '../parts/basics.js';
import { humanize } from '../logic/status.js';

/** @typedef {import('../../../contracts/connections.js').ConnectionSummary} Summary */
/** @typedef {import('../../../contracts/connections.js').ConnectionCheck} Check */
/** @typedef {{ at: string, check: Check | null, error: import('../lib/api.js').ApiError | null }} Outcome */

/** @type {Readonly<Record<string, string>>} */
const KINDS = { 'self-managed': 'Self-managed', hosted: 'Elastic Cloud Hosted', ece: 'Elastic Cloud Enterprise', eck: 'Elastic Cloud on Kubernetes', serverless: 'Serverless' };

export function ConnectionsPage() {
  useTitle('Connections · Godwit');
  const mayControl = useMayControl();
  const now = useNow(5_000);
  /** @type {ReturnType<typeof useLoaded<{ items: Summary[] }>>} */
  const list = useLoaded((signal) => get('/v1/connections', signal), 'connections', 15_000);
  const [outcomes, setOutcomes] = useState(/** @type {Record<string, Outcome>} */ ({}));
  const check = async (/** @type {string} */ name) => {
    /** @type {Outcome} */
    const outcome = { at: new Date().toISOString(), check: null, error: null };
    try {
      outcome.check = await post(`/v1/connections/${encodeURIComponent(name)}/check`);
    } catch (cause) {
      outcome.error = asApiError(cause);
    }
    setOutcomes((before) => ({ ...before, [name]: outcome }));
  };
  const items = list.data?.items ?? [];
  return html`
    <div class="page-head">
      <h1>Connections</h1>
      ${mayControl && items.length > 1 && html`<${Button} onClick=${() => Promise.all(items.map(({ name }) => check(name)))}>Check all<//>`}
    </div>
    <p class="lead">From the connections file, which is read again whenever it changes. A check only reads: it asks the cluster, and its Kibana if it has one, who they are and what Godwit may do there.</p>
    <${Problem} error=${list.error} onRetry=${list.reload} />
    ${list.data === null ? list.error === null && html`<${Skeleton} lines=${4} />` : items.length === 0 ? html`<${NoConnections} />` : html`
      <ul class="connections">${items.map((item) => html`<${Connection} key=${item.name} item=${item} outcome=${outcomes[item.name] ?? null} now=${now} onCheck=${mayControl ? () => check(item.name) : null} />`)}</ul>`}
  `;
}

/** @param {{ item: Summary, outcome: Outcome | null, now: number, onCheck: (() => Promise<void>) | null }} props */
function Connection({ item, outcome, now, onCheck }) {
  return html`
    <li class="card connection">
      <div class="connection-head">
        <div>
          <h2>${item.name}</h2>
          <p class="faint small">${KINDS[item.kind] ?? humanize(item.kind)} · <code>${item.url}</code>${item.hasKibana && ' · Kibana'}${item.hasLogstash && ' · Logstash'}</p>
        </div>
        ${onCheck !== null && html`<${Button} onClick=${onCheck} label=${`Check ${item.name}`}>Check<//>`}
      </div>
      <div aria-live="polite">
        ${outcome === null ? html`<p class="faint small">Not checked since this page was opened.</p>` : html`<${CheckOutcome} outcome=${outcome} now=${now} />`}
      </div>
    </li>
  `;
}

/** @param {{ outcome: Outcome, now: number }} props */
function CheckOutcome({ outcome: { at, check, error }, now }) {
  if (check === null) return html`<${Problem} error=${error} />`;
  const { version, clusterName, user, missingPrivileges, kibana } = check;
  const since = html`<span class="faint small"><${Time} at=${at} now=${now} relative=${true} /></span>`;
  return html`
    <${Side} name=${kibana === null ? null : 'Elasticsearch'} check=${check} facts=${{ Version: version, Cluster: clusterName, User: user }} missing=${missingPrivileges} since=${since} />
    ${kibana !== null && html`<${Side} name="Kibana" check=${kibana} facts=${{ Address: kibana.url, Version: kibana.version, Spaces: kibana.spaces }} />`}
  `;
}

/**
 * What one server of a connection says, and what to do if it cannot be used.
 *
 * @param {{ name: string | null, check: { ok: boolean, problem: string | null, message: string | null, remedy: string | null }, facts: Record<string, string | number | null>, missing?: readonly string[], since?: unknown }} props
 */
function Side({ name, check, facts, missing = [], since }) {
  const known = Object.entries(facts).filter(([, value]) => value !== null);
  return html`
    <div class="check-side">
      <p class="check-line">
        ${name !== null && html`<span class="small">${name}</span> `}<${Badge} status=${check.ok ? 'verified' : 'failed'} label=${check.ok ? 'Can be used' : check.problem === null ? 'Cannot be used' : humanize(check.problem)} />
        ${since}
      </p>
      ${known.length > 0 && html`<dl class="facts">${known.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`}
      ${check.message !== null && html`<p class="break">${check.message}</p>`}
      ${missing.length > 0 && html`<p>Missing privileges: ${missing.map((privilege, at) => html`${at > 0 && ', '}<code>${privilege}</code>`)}</p>`}
      ${check.remedy !== null && html`<p class="remedy"><strong>What to do</strong> <span class="break">${check.remedy}</span></p>`}
    </div>
  `;
}

const EXAMPLE = `connections:
  old:
    kind: self-managed
    elasticsearch:
      url: https://old.example:9200
      auth: { username: godwit, password: "\${env:OLD_PASSWORD}" }
      tls: { ca: ./ca.crt }`;

function NoConnections() {
  return html`
    <${Empty} title="The connections file names no cluster">
      <p>Add your clusters to it (<code>GODWIT_CONNECTIONS</code>, by default <code>connections.yaml</code>); they show up here by themselves:</p>
      <pre class="code">${EXAMPLE}</pre>
    <//>
  `;
}
