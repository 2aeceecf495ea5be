/** Starts a migration: first what it is to do, then the preflight, which touches nothing, then the start. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, get, post } from '../lib/api.js';
import { randomKey, useLoaded, useTitle } from '../lib/hooks.js';
import { html } from '../lib/html.js';
import { useSession } from '../lib/session.js';
import { Button, Message, Problem } from '../parts/basics.js';
import { Check, Pick, Text } from '../parts/fields.js';
import { count, plural, size } from '../logic/format.js';
import { FORM_TYPES, formTypeOf } from '../logic/migration-types.js';
import { EMPTY_FORM, fieldErrors, toRequest } from '../logic/request-form.js';
import { FindingList } from './report.js';

/** @typedef {import('../logic/request-form.js').FormFields} FormFields */
/** @typedef {import('../../../contracts/preflight.js').PreflightResult} PreflightResult */

const REPOSITORY_TYPES = ['fs', 's3', 'gcs', 'azure', 'url'];

export function NewPage() {
  useTitle('New migration · Godwit');
  const { mayControl } = useSession();
  const [fields, setFields] = useState(EMPTY_FORM);
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [problem, setProblem] = useState(/** @type {import('../lib/api.js').ApiError | null} */ (null));
  const [checked, setChecked] = useState(/** @type {{ body: Record<string, unknown>, result: PreflightResult, key: string } | null} */ (null));
  const outcome = useRef(/** @type {HTMLElement | null} */ (null));
  /** @type {ReturnType<typeof useLoaded<{ items: import('../../../contracts/connections.js').ConnectionSummary[] }>>} */
  const connections = useLoaded((signal) => get('/v1/connections', signal), 'connections', 0);

  const set = (/** @type {Partial<FormFields>} */ change) => {
    setFields((before) => ({ ...before, ...change }));
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([name]) => !(name in change))));
    // What was found holds for what was asked.
    setChecked(null);
    setProblem(null);
  };
  const refused = (/** @type {unknown} */ cause) => {
    const error = asApiError(cause);
    setErrors(fieldErrors(error.errors, fields.type));
    setProblem(error);
  };
  const check = async () => {
    const { body, errors: found } = toRequest(fields);
    setErrors(found);
    setProblem(null);
    if (body === null) return;
    try {
      setChecked({ body, result: await post('/v1/migrations/preflight', body), key: randomKey() });
    } catch (cause) {
      refused(cause);
    }
  };
  const start = async () => {
    if (checked === null) return;
    try {
      // The key belongs to what was checked: pressing twice starts one migration.
      const { id } = await post('/v1/migrations', checked.body, { 'idempotency-key': checked.key });
      location.hash = `#/migrations/${encodeURIComponent(id)}`;
    } catch (cause) {
      refused(cause);
    }
  };
  useEffect(() => {
    if (checked !== null || problem !== null) outcome.current?.focus();
  }, [checked, problem]);
  useEffect(() => {
    const [first] = Object.keys(errors);
    if (first === undefined) return;
    const field = document.getElementById(`field-${first}`);
    const details = field?.closest('details');
    if (details instanceof HTMLDetailsElement) details.open = true;
    if (problem === null) field?.focus();
  }, [errors]);

  if (mayControl === false) {
    return html`<h1>New migration</h1><${Message} tone="wait" title="Your token may only look"><p>Starting a migration needs a token of the role operator.</p><//>`;
  }
  const clusters = (connections.data?.items ?? []).map(({ name, kind, url }) => ({ value: name, label: `${name} (${kind}, ${url.replace(/^https?:\/\//, '')})` }));
  const form = { fields, errors, set };
  const { lead, hasIndices, hasRepository, example } = formTypeOf(fields.type);
  return html`
    <nav class="crumbs" aria-label="Breadcrumb"><a href="#/">Migrations</a> <span aria-hidden="true">/</span> New</nav>
    <div class="page-head"><h1>New migration</h1></div>
    <${Problem} error=${connections.error} onRetry=${connections.reload} />
    <form class="new-form" noValidate onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void check(); }}>
      <fieldset class="card">
        <legend>What</legend>
        <${Pick} ...${form} name="type" label="Type" options=${FORM_TYPES} help=${lead} />
      </fieldset>
      <fieldset class="card">
        <legend>From where to where</legend>
        <div class="pair">
          <${Pick} ...${form} name="source" label="Source" options=${clusters} any="Choose a cluster" help=${hasRepository ? 'Is only read from, and gets a snapshot.' : 'Is only read from.'} />
          <${Pick} ...${form} name="target" label="Target" options=${clusters} any="Choose a cluster" help="Gets what is moved." />
        </div>
        ${hasIndices && html`<${Text} ...${form} name="indices" label="Indices and data streams" rows=${3} help="One a line: names, wildcards, and exclusions with a leading minus (-logs-debug*). System indices never match." />`}
      </fieldset>
      ${hasRepository && html`<fieldset class="card">
        <legend>Snapshot repository</legend>
        <div class="pair">
          <${Text} ...${form} name="repositoryName" label="Name" help="The same on both sides. One that is registered at the source is used as it is." />
          <${Pick} ...${form} name="repositoryType" label="Type" options=${REPOSITORY_TYPES} any="Registered at the source already" help="Choose a type to have it registered, and removed in the end." />
        </div>
        <div class="pair">
          ${fields.repositoryType !== '' && html`<${Text} ...${form} name="repositorySettings" label="Settings at the source" rows=${2} placeholder="location = /mnt/backup" help="name = value, one a line. Never a secret: those belong into the keystore of Elasticsearch." />`}
          <${Text} ...${form} name="targetSettings" label="Settings that differ at the target" rows=${2} placeholder="location = /mnt/other" help="Where the target sees the same place under another address. Empty: the same." />
        </div>
      </fieldset>`}
      ${fields.type !== 'snapshot-restore' && html`<fieldset class="card">
        <legend>Options</legend>
        <${Text} ...${form} name="options" label="Options as JSON" rows=${5} placeholder=${example} help="Named as in the API; empty: the defaults. The check says what is wrong with them." />
        <p class="faint small"><a href="/docs" target="_blank" rel="noreferrer">All options of each type, in the documentation of the API</a></p>
      </fieldset>`}
      ${fields.type === 'snapshot-restore' && html`<details class="card"><summary>More options</summary>
        <div class="pair">
          <${Text} ...${form} name="renamePattern" label="Rename: pattern" placeholder="^(.+)$" help="Regular expression over each name." />
          <${Text} ...${form} name="renameReplacement" label="Rename: replacement" placeholder="restored-$1" help="$1 is the first group." />
        </div>
        <div class="pair">
          <${Pick} ...${form} name="onExisting" label="An index that exists at the target" options=${[{ value: 'fail', label: 'Stop in preflight' }, { value: 'replace', label: 'Replace it; its data is lost' }]} help="Nothing is overwritten unless you say so here." />
          <${Text} ...${form} name="concurrency" label="Restore requests at once" type="number" help="Can be changed while it runs." />
        </div>
        <div class="pair">
          <${Text} ...${form} name="snapshot" label="Existing snapshot" help="Restore this one instead of making one. It is never deleted." />
          <${Text} ...${form} name="featureStates" label="Feature states" help="Names, separated by commas. They replace what the target has." />
        </div>
        <div class="pair">
          <${Text} ...${form} name="indexSettings" label="Settings to set" rows=${2} placeholder="index.number_of_replicas = 0" help="On each restored index, one a line." />
          <${Text} ...${form} name="ignoreIndexSettings" label="Settings to leave out" rows=${2} placeholder="index.lifecycle.name" help="Of each restored index, one a line." />
        </div>
        <div class="checks">
          <${Check} ...${form} name="includeAliases" label="Restore aliases" help="With their indices." />
          <${Check} ...${form} name="includeGlobalState" label="Restore the cluster state" help="Replaces templates, pipelines and settings of the target." />
          <${Check} ...${form} name="partial" label="Accept missing shards" help="They are restored empty." />
          <${Check} ...${form} name="keepSnapshot" label="Keep the snapshot" help="Otherwise the one that Godwit makes is deleted in the end." />
        </div>
      </details>`}
      <section class="outcome" ref=${outcome} tabindex="-1" aria-label="Result of the check" aria-live="polite">
        <${Problem} error=${problem} />
        ${checked !== null && html`<${Preflight} result=${checked.result} />`}
      </section>
      <div class="form-buttons">
        ${checked?.result.ok === true
          ? html`<${Button} kind="main" onClick=${start} name="start">Start migration<//><${Button} onClick=${check} name="check">Check again<//>`
          : html`<${Button} kind="main" onClick=${check} name="check" disabled=${mayControl !== true}>${checked === null ? 'Check first' : 'Check again'}<//>`}
        <span class="faint small">${checked?.result.ok === true ? 'Can be paused, slowed and canceled at any time.' : 'The check reads from both clusters and touches nothing. Then you can start.'}</span>
      </div>
    </form>
  `;
}

/** @param {{ result: PreflightResult }} props */
function Preflight({ result: { ok, findings, plan } }) {
  const blocking = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const title = !ok ? `${plural(blocking, 'thing has', 'things have')} to be mended first` : warnings > 0 ? `Ready to start, with ${plural(warnings, 'warning')}` : 'Ready to start';
  return html`
    <div class="card">
      <${Message} tone=${ok ? (warnings > 0 ? 'wait' : 'good') : 'bad'} title=${title}>
        ${plan !== null && html`<p>It would move ${plural(plan.indices, 'index', 'indices')}${plan.dataStreams > 0 && ` and ${plural(plan.dataStreams, 'data stream')}`}: ${count(plan.documents)} documents, ${size(plan.bytes)}.</p>`}
      <//>
      ${findings.length > 0 && html`<${FindingList} findings=${findings} />`}
    </div>
  `;
}
