/** Starts the dashboard: the frame around every page, and which page it is. */
import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { probeRole } from './lib/api.js';
import { usePlace } from './lib/hooks.js';
import { html } from './lib/html.js';
import { changeSession, setToken, token, useSession } from './lib/session.js';
import { Button, Empty } from './parts/basics.js';
import { TokenPrompt } from './parts/token-prompt.js';
import { ConnectionsPage } from './pages/connections.js';
import { ListPage } from './pages/list.js';
import { MigrationPage } from './pages/migration.js';
import { NewPage } from './pages/new.js';

/** @param {import('./lib/hooks.js').Place} place */
function page({ path, query }) {
  const [first, second, third] = path;
  if (first === undefined) return html`<${ListPage} query=${query} />`;
  if (first === 'new') return html`<${NewPage} />`;
  if (first === 'connections') return html`<${ConnectionsPage} />`;
  if (first === 'migrations' && second !== undefined) return html`<${MigrationPage} key=${second} id=${second} tab=${third ?? 'overview'} query=${query} />`;
  return html`<${Empty} title="There is no such page"><p><a href="#/">See all migrations</a></p><//>`;
}

function App() {
  const place = usePlace();
  const { needsToken, wasRefused, mayControl, isAnswering } = useSession();
  const content = useRef(/** @type {HTMLElement | null} */ (null));
  const [first = '', second = ''] = place.path;
  useEffect(() => {
    if (!needsToken && mayControl === null) void probeRole();
  }, [needsToken, mayControl]);
  const isFirst = useRef(true);
  useEffect(() => {
    // A new page is read from its top, by screen readers too; the first one is where the browser is already.
    if (isFirst.current) isFirst.current = false;
    else {
      content.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [first, second]);
  const current = (/** @type {boolean} */ is) => (is ? 'page' : undefined);
  const logOut = () => {
    setToken(null);
    changeSession({ needsToken: true, wasRefused: false, mayControl: null });
  };
  return html`
    <a class="skip" href="#content" onClick=${(/** @type {Event} */ event) => { event.preventDefault(); content.current?.focus(); }}>Skip to content</a>
    <header class="top">
      <div class="top-inner">
        <a class="brand" href="#/"><img src="/assets/godwit.svg" alt="" width="26" height="26" /><span>Godwit</span></a>
        <nav aria-label="Main">
          <a href="#/" aria-current=${current(first === '' || first === 'migrations')}>Migrations</a>
          <a href="#/connections" aria-current=${current(first === 'connections')}>Connections</a>
          <a href="/docs">API</a>
        </nav>
        <div class="top-end">
          ${mayControl === false && html`<span class="chip" title="Your token has the role viewer">View only</span>`}
          ${token() !== null && !needsToken && html`<${Button} kind="quiet" onClick=${logOut}>Forget token<//>`}
        </div>
      </div>
    </header>
    ${!isAnswering && html`<div class="strip tone-bad" role="alert"><strong>The API does not answer.</strong> <span>What you see may be old. Migrations go on without it; this page tries again by itself.</span></div>`}
    <main id="content" ref=${content} tabindex="-1">
      ${needsToken ? html`<${TokenPrompt} wasRefused=${wasRefused} />` : page(place)}
    </main>
  `;
}

const root = document.getElementById('app');
if (root !== null) render(html`<${App} />`, root);
