/**
 * How long comparing documents keeps the event loop of a worker from everything else, heartbeats first of all. No
 * Elasticsearch: a stand-in in a process of its own serves the pages.
 *
 *   npm run bench:loop -- [--bytes 20000,50000000] [--mb 300]
 *
 * Documents are one long text, or many small fields, which is the worst that a form can meet.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { BucketDigest } from '../src/domain/bucket-digest.js';
import { createRedactor } from '../src/config/redact.js';
import { createClusters } from '../src/elasticsearch/clusters.js';
import { Pace } from '../src/transfer/pace.js';
import type { Form } from '../src/verification/forms.js';
import { foldPart } from '../src/verification/side.js';
import { load } from './statistics.js';

const { values } = parseArgs({ options: { bytes: { type: 'string', default: '20000,50000000' }, mb: { type: 'string', default: '300' } } });
const FORMS: readonly Form[] = ['exact', 'canonical', 'rewritten'];
const SHAPES = ['text', 'fields'] as const;

async function withStandIn(task: object, run: (url: string) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'tools', 'stand-in.mjs')], { env: { ...process.env, BENCH_TASK: JSON.stringify(task) }, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await new Promise<string[]>((resolve) => createInterface(child.stdout).once('line', (text) => resolve([text])));
    await run(`http://127.0.0.1:${String(z.object({ plain: z.number() }).parse(JSON.parse(line ?? '')).plain)}`);
  } finally {
    child.kill();
  }
}

async function measure(url: string, form: Form): Promise<{ readonly longestMs: number; readonly seconds: number; readonly documents: number }> {
  const endpoint = { urls: [url], auth: null, tls: { ca: null, fingerprint: null, insecure: false, cert: null, key: null } };
  const clusters = createClusters({ names: () => ['stand-in'], get: () => ({ name: 'stand-in', kind: 'self-managed', revision: 1, kibana: null, logstash: null, elasticsearch: endpoint }), onChange: () => () => true }, createRedactor(() => []));
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const digest = new BucketDigest(16);
  const began = performance.now();
  delay.enable();
  try {
    await foldPart({ cluster: clusters.get('stand-in'), indices: ['i'] }, { index: 'i', range: null }, digest, { form, signal: new AbortController().signal, pace: new Pace(null) }, () => undefined);
  } finally {
    delay.disable();
    await clusters.close();
  }
  return { longestMs: delay.max / 1e6, seconds: (performance.now() - began) / 1_000, documents: digest.documents };
}

console.log(`Node.js ${process.version}, load ${load()}\n\n| document | form | longest ms without the loop | documents | s |\n| --- | --- | --- | --- | --- |`);
for (const documentBytes of values.bytes.split(',').map(Number)) {
  for (const shape of SHAPES) {
    const documents = Math.max(4, Math.round((Number(values.mb) * 1e6) / documentBytes));
    await withStandIn({ documents, documentBytes, shape }, async (url) => {
      for (const form of FORMS) {
        const { longestMs, seconds, documents: read } = await measure(url, form);
        console.log(`| ${String(documentBytes)} bytes, ${shape} | ${form} | ${longestMs.toFixed(0)} | ${String(read)} | ${seconds.toFixed(1)} |`);
      }
    });
  }
}
