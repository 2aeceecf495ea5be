/**
 * The dashboard in a real browser, over the real API with Temporal and the store in memory: no server is needed.
 *
 * Without Chromium on the machine every test is skipped, and says so.
 */
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GodwitError } from '../../src/domain/errors.js';
import { token } from '../unit/api/support/test-app.js';
import { findChromium, openBrowser, type OpenBrowser } from './support/chromium.js';
import { MIXED_PREFLIGHT, addSamples, attention, openDashboard, progress, steps, type Dashboard } from './support/sample-migrations.js';

const executable = findChromium();
const TIMEOUT_MS = 60_000;
/** The event stream looks once a second; a slow machine takes longer. */
const SOON = { timeout: 15_000 };

if (executable === null) {
  test.skip('the dashboard in a browser: SKIPPED, no Chromium found (install it, e.g. apt-get install chromium)', () => undefined);
}

describe.runIf(executable !== null)('the dashboard', { timeout: TIMEOUT_MS }, () => {
  let browser: OpenBrowser;
  let context: BrowserContext;
  let dashboard: Dashboard;
  let page: Page;
  /** What must never happen: an exception in the page, or something that its own policy forbids. */
  let faults: string[];

  beforeAll(async () => {
    browser = await openBrowser(executable ?? '', { viewport: { width: 1280, height: 900 } });
    context = browser.context;
  }, TIMEOUT_MS);
  afterAll(() => browser.close(), TIMEOUT_MS);

  const open = async (over: Parameters<typeof openDashboard>[0] = {}): Promise<void> => {
    dashboard = await openDashboard(over);
    addSamples(dashboard);
  };
  const visit = async (hash: string): Promise<void> => {
    await page.goto(`${dashboard.url}/${hash}`);
    await page.locator('h1').first().waitFor(SOON);
  };
  const texts = (selector: string): Promise<string[]> => page.locator(selector).allInnerTexts();
  const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.textContent');
  const banner = (): Locator => page.getByRole('region', { name: 'Status' });

  beforeEach(async () => {
    page = await context.newPage();
    faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) faults.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    await dashboard.close();
    expect(faults).toEqual([]);
  });

  test('the list shows every migration with its status in words, and first those that wait for a person', async () => {
    await open();
    await visit('#/');
    await page.locator('.list tbody tr').first().waitFor(SOON);
    expect(await texts('.list .badge')).toEqual(['Running', 'Needs attention', 'Awaiting approval', 'Paused', 'Completed', 'Failed', 'Canceled']);
    await page.getByRole('region', { name: 'Waiting for you' }).waitFor(SOON);
    expect(await texts('.waiting-item .badge')).toEqual(['Needs attention', 'Awaiting approval']);
    await page.getByRole('combobox', { name: 'Status' }).selectOption('failed');
    await expect.poll(() => page.locator('.list tbody tr').count(), SOON).toBe(1);
    expect(page.url()).toContain('status=failed');
  });

  test('an empty list says how to begin', async () => {
    dashboard = await openDashboard();
    await visit('#/');
    await page.getByText('No migrations yet').waitFor(SOON);
    await page.getByRole('link', { name: 'start one' }).waitFor(SOON);
  });

  test('a migration is followed live: progress, trouble and end arrive by themselves', async () => {
    await open();
    await visit('#/migrations/mig-running');
    await banner().getByText('Moving data: 62 %').waitFor(SOON);
    dashboard.change('mig-running', { progress: progress(0.81) });
    await banner().getByText('Moving data: 81 %').waitFor(SOON);
    expect(await page.getByRole('progressbar', { name: 'Bytes' }).getAttribute('aria-valuenow')).toBe('81');
    dashboard.change('mig-running', { status: 'needs-attention', attention: [attention()], attentionTotal: 1 });
    await banner().getByText('Parked in step transfer').waitFor(SOON);
    dashboard.change('mig-running', {
      ...{ status: 'completed', endedAt: new Date().toISOString(), attention: [], attentionTotal: 0 },
      verification: { status: 'verified', mode: 'counts', mismatches: 0 },
    });
    await banner().getByText('Completed and verified').waitFor(SOON);
    expect(await page.title()).toMatch(/^Completed/);
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
  });

  test('a chart is drawn of the speed', async () => {
    await open();
    await visit('#/migrations/mig-running');
    // Of ten seconds of samples, which the page keeps over a reload: put there instead of waited for.
    const samples = Array.from({ length: 30 }, (_none, at) => ({
      ...{ atMs: Date.now() - (40 - at) * 1_000, documents: at, bytes: at * 1e6 },
      ...{ documentsPerSecond: 1, bytesPerSecond: 1e6, etaSeconds: 60 },
    }));
    await page.evaluate(`sessionStorage.setItem('godwit.samples.mig-running', ${JSON.stringify(JSON.stringify(samples))})`);
    await page.reload();
    await page.getByRole('img', { name: /^Bytes over time: .* now, at most/ }).locator('canvas').waitFor(SOON);
    await page.getByRole('button', { name: 'Time left' }).click();
    await page.getByRole('img', { name: /^Time left over time: .* now/ }).waitFor(SOON);
  });

  test('retry posts the subject, and its card goes', async () => {
    await open();
    await visit('#/migrations/mig-attention');
    await page.getByRole('button', { name: 'Retry logs-2026.02' }).click();
    await expect.poll(() => dashboard.runs.updates.map(({ name, input }) => [name, input.subject]), SOON).toEqual([['retry', 'logs-2026.02']]);
    dashboard.change('mig-attention', { attention: [attention({ subject: 'logs-2026.03' })], attentionTotal: 1 });
    await page.getByRole('button', { name: 'Retry logs-2026.02' }).waitFor({ ...SOON, state: 'detached' });
    expect(await page.getByRole('button', { name: 'Retry logs-2026.03' }).count()).toBe(1);
  });

  test('the one button of the banner retries everything', async () => {
    await open();
    await visit('#/migrations/mig-attention');
    await banner().getByRole('button', { name: 'Retry all 3' }).click();
    await expect.poll(() => dashboard.runs.updates.map(({ name, input }) => [name, input.subject]), SOON).toEqual([['retry', undefined]]);
  });

  test('a refusal is said where the button is', async () => {
    await open();
    dashboard.runs.refusal = new GodwitError('NotWaiting', 'nothing waits for a retry any more');
    await visit('#/migrations/mig-attention');
    await banner().getByRole('button', { name: 'Retry all 3' }).click();
    await banner().getByText('Nothing waits for a retry any more').waitFor(SOON);
  });

  test('skip asks first, and says what is then missing', async () => {
    await open();
    await visit('#/migrations/mig-attention');
    await page.getByRole('button', { name: 'Skip logs-2026.03' }).click();
    await page.getByRole('dialog').getByText('not be complete at the target').waitFor(SOON);
    await page.getByRole('button', { name: 'Skip it' }).click();
    await expect.poll(() => dashboard.runs.updates.map(({ name, input }) => [name, input.subject]), SOON).toEqual([['skip', 'logs-2026.03']]);
  });

  test('cancel confirms, names what it undoes, and means no by default', async () => {
    await open();
    await visit('#/migrations/mig-running');
    const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
    await cancel.click();
    const dialog = page.getByRole('dialog', { name: 'Cancel this migration?' });
    await dialog.getByText('3 restored indices').waitFor(SOON);
    await expect.poll(focused, SOON).toBe('Keep it');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ ...SOON, state: 'detached' });
    expect(dashboard.runs.updates).toEqual([]);
    await expect.poll(focused, SOON).toBe('Cancel');
    await cancel.click();
    await page.getByRole('button', { name: 'Cancel the migration' }).click();
    await expect.poll(() => dashboard.runs.updates.map(({ name }) => name), SOON).toEqual(['cancel']);
  });

  test('pause, resume, speed and approval are one step each', async () => {
    await open();
    await visit('#/migrations/mig-running');
    await page.getByRole('button', { name: 'Pause' }).click();
    await banner().getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor(SOON);
    await page.getByRole('button', { name: 'Change speed' }).click();
    await page.getByLabel('Requests at once').fill('2');
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByRole('dialog').waitFor({ ...SOON, state: 'detached' });
    await visit('#/migrations/mig-gate');
    await banner().getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await expect
      .poll(() => dashboard.runs.updates.map(({ name, input }) => [name, input.concurrency ?? input.gate ?? null]), SOON)
      .toEqual([['pause', null], ['resume', null], ['throttle', 2], ['approve', 'cutover']]);
  });

  test('without a worker it says that the state is the last one known', async () => {
    await open();
    dashboard.runs.hasWorker = false;
    await visit('#/migrations/mig-running');
    await page.getByText('Not live.').waitFor(SOON);
  });

  test('a cut connection is said and mended', async () => {
    await open();
    await visit('#/migrations/mig-running');
    await page.getByText('Live', { exact: true }).waitFor(SOON);
    const port = Number(new URL(dashboard.url).port);
    await dashboard.app.close();
    await page.getByText('Disconnected.').waitFor(SOON);
    dashboard = await openDashboard();
    addSamples(dashboard);
    // The new process has another port here; the page keeps asking the old one, so that is sent on.
    await page.route(`http://127.0.0.1:${port}/**`, async (route) => {
      const response = await route.fetch({ url: route.request().url().replace(`:${port}`, `:${new URL(dashboard.url).port}`), timeout: 3_000 }).catch(() => null);
      await (response === null ? route.abort() : route.fulfill({ response }));
    });
    dashboard.change('mig-running', { status: 'completed', endedAt: new Date().toISOString(), verification: { status: 'verified', mode: 'counts', mismatches: 0 } });
    await banner().getByText('Completed and verified').waitFor({ timeout: 40_000 });
    expect(await page.getByText('Disconnected.').count()).toBe(0);
  });

  test('a token is asked for, a wrong one refused, and a viewer sees no buttons', async () => {
    await open({ settings: { tokens: [token('viewer'), token('operator')] } });
    await visit('#/migrations/mig-attention');
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('The API refused that token').waitFor(SOON);
    await page.getByLabel('Token').fill('token-of-viewer');
    await page.getByRole('button', { name: 'Continue' }).click();
    await banner().getByText('Parked in step transfer').waitFor(SOON);
    await page.getByText('View only').waitFor(SOON);
    for (const name of ['Pause', 'Cancel', 'Retry all 3', 'Retry logs-2026.02']) expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Forget token' }).click();
    await page.getByLabel('Token').fill('token-of-operator');
    await page.getByRole('button', { name: 'Continue' }).click();
    await banner().getByRole('button', { name: 'Retry all 3' }).waitFor(SOON);
    expect(await page.evaluate('localStorage.length')).toBe(0);
  });

  test('a new migration is checked first, and started only when nothing stands in its way', async () => {
    let blocked = true;
    await open({ preflight: (request) => (blocked ? MIXED_PREFLIGHT(request) : Promise.resolve({ ok: true, findings: [], plan: { indices: 1, dataStreams: 0, documents: 5, bytes: 10 } })) });
    await visit('#/new');
    await page.getByRole('button', { name: 'Check first' }).click();
    await page.getByText('choose where to read from').waitFor(SOON);
    await page.getByLabel('Source').selectOption('old');
    await page.getByLabel('Target', { exact: true }).selectOption('new');
    await page.getByLabel('Name', { exact: true }).fill('Backup');
    await page.getByRole('button', { name: 'Check first' }).click();
    await page.getByText('a repository name is lower case').first().waitFor(SOON);
    await page.getByLabel('Name', { exact: true }).fill('backup');
    await page.getByRole('button', { name: 'Check first' }).click();
    await page.getByText('1 thing has to be mended first').waitFor(SOON);
    expect(await page.getByRole('button', { name: 'Start migration' }).count()).toBe(0);
    blocked = false;
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByRole('button', { name: 'Start migration' }).click();
    await page.getByText('Starting.').waitFor(SOON);
    expect(page.url()).toContain('#/migrations/');
  });

  test('another type of migration takes its options as JSON, and says what is wrong with them', async () => {
    await open({ preflight: () => Promise.resolve({ ok: true, findings: [], plan: { indices: 2, dataStreams: 0, documents: 5, bytes: 10 } }) });
    await visit('#/new');
    await page.getByLabel('Type', { exact: true }).first().selectOption('reindex');
    expect(await page.getByText('Snapshot repository').count()).toBe(0);
    await page.getByLabel('Source').selectOption('old');
    await page.getByLabel('Target', { exact: true }).selectOption('new');
    await page.getByLabel('Options as JSON').fill('{ "sliceDocuments": 0 }');
    await page.getByRole('button', { name: 'Check first' }).click();
    await page.getByText(/sliceDocuments: /).first().waitFor(SOON);
    await page.getByLabel('Options as JSON').fill('{ "sliceDocuments": 1000 }');
    await page.getByRole('button', { name: 'Check first' }).click();
    await page.getByRole('button', { name: 'Start migration' }).click();
    await page.getByText('Starting.').waitFor(SOON);
    expect(page.url()).toContain('#/migrations/');
  });

  test('connections are checked, and say what is wrong and what to do', async () => {
    const remedy = 'Put the certificate of the CA into tls.ca of the connection.';
    await open({
      checkConnection: (name) =>
        Promise.resolve({
          ...{ name, kind: 'hosted', ok: false, reachable: true, version: null, clusterName: null, clusterUuid: null, user: null },
          ...{ missingPrivileges: [], problem: 'tls-untrusted', message: 'The certificate is not trusted.', remedy },
          kibana: { ok: false, reachable: true, url: 'https://kibana.example:5601', version: '9.4.3', spaces: null, problem: 'bad-credentials', message: 'Kibana says no.', remedy: 'Correct kibana.auth of the connection.' },
        }),
    });
    await visit('#/connections');
    await page.getByRole('button', { name: 'Check new' }).click();
    await page.getByText(remedy).waitFor(SOON);
    await page.getByText('TLS untrusted').waitFor(SOON);
    await page.getByText('Correct kibana.auth of the connection.').waitFor(SOON);
  });

  test('indices are paged, filtered and searched; names are shown as text, whatever they are', async () => {
    await open();
    const [row] = dashboard.store.rows.get('mig-running') ?? [];
    if (row === undefined) throw new Error('no sample rows');
    dashboard.store.rows.set('mig-running', [{ ...row, index: '<img src=x onerror=alert(1)>', slice: 0 }, ...(dashboard.store.rows.get('mig-running') ?? [])]);
    await visit('#/migrations/mig-running/slices');
    await page.getByText('<img src=x onerror=alert(1)>').waitFor(SOON);
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('logs-2025.059').waitFor(SOON);
    await page.getByLabel('Index').fill('logs-2025.003');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => page.locator('table.data tbody tr').count(), SOON).toBe(1);
    await page.getByRole('combobox', { name: 'Status' }).selectOption('completed');
    await page.getByText('Nothing matches').waitFor(SOON);
  });

  test('the report is shown and can be taken away as a file', async () => {
    await open();
    await visit('#/migrations/mig-done/report');
    await page.getByText('2 documents are missing at the target').waitFor(SOON);
    const [file] = await Promise.all([page.waitForEvent('download', SOON), page.getByRole('button', { name: 'Download the report as Markdown' }).click()]);
    expect(file.suggestedFilename()).toBe('godwit-mig-done.md');
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('alice').waitFor(SOON);
  });

  test('the report names the documents that differ, with their fields, and how many it does not list', async () => {
    await open();
    await visit('#/migrations/mig-done/report');
    const table = page.getByRole('region', { name: 'Documents of orders that differ' });
    await table.getByText('<b>order</b>-18').waitFor(SOON);
    expect(await table.locator('.badge').allInnerTexts()).toEqual(['Missing', 'Different', 'Different']);
    expect(await table.locator('tbody tr').nth(1).innerText()).toMatch(/lines\[0\]\.price: 9007199254740993 → 9007199254740992\s+note: not there → "x+"/);
    expect(await table.locator('tbody tr').nth(2).innerText()).toContain('equal values, other bytes');
    const text = await page.locator('.differences').innerText();
    expect(text).toContain('orders 2 missing, 0 extra, 61 different');
    expect(text).toContain('60 more are counted and not listed');
    expect(text).toContain('4 equal but for rounding, 9 by later writes');
  });

  test('every page fits every width, light and dark, and can be left by keyboard', async () => {
    await open();
    dashboard.change('mig-attention', { steps: steps('transfer', `waiting for ${'a-long-name-without-spaces-'.repeat(8)}`, 180), attention: [attention({ subject: 'x'.repeat(250) })] });
    const pages = ['#/', '#/new', '#/connections', '#/migrations/mig-running', '#/migrations/mig-attention', '#/migrations/mig-attention/slices', '#/migrations/mig-attention/report', '#/migrations/mig-attention/audit', '#/nowhere'];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of [360, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        for (const hash of pages) {
          await page.goto('about:blank');
          await page.goto(`${dashboard.url}/${hash}`);
          await page.locator('main > *').first().waitFor(SOON);
          await expect.poll(() => page.locator('.skeleton').count(), SOON).toBe(0);
          const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
          expect([colorScheme, width, hash, overflow]).toEqual([colorScheme, width, hash, 0]);
          expect((await page.screenshot()).length).toBeGreaterThan(1_000);
        }
      }
    }
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to content');
  });
});
