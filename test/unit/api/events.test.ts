 
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { startOne } from './support/started.js';
import { type TestApp, testApp } from './support/test-app.js';

interface Event {
  readonly event: string;
  readonly data: { readonly status?: string };
}

let running: TestApp | null = null;
afterEach(async () => {
  await running?.app.close();
  running = null;
});

async function listening(): Promise<{ test: TestApp; url: string }> {
  const test = await testApp();
  running = test;
  return { test, url: await test.app.listen({ host: '127.0.0.1', port: 0 }) };
}

/** Follows a stream until it ends by itself or `until` says enough. */
function follow(url: string, until: (events: Event[]) => boolean = () => false): Promise<Event[]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const events = (): Event[] =>
      text.split('\n\n').flatMap((block) => {
        const event = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        return event === undefined || data === undefined ? [] : [{ event, data: JSON.parse(data) }];
      });
    const call = request(url, { headers: { accept: 'text/event-stream', 'last-event-id': '17' } }, (answer) => {
      expect(answer.headers['content-type']).toBe('text/event-stream');
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (until(events())) call.destroy();
      });
      answer.on('close', () => resolve(events()));
    });
    call.on('error', (error) => (text === '' ? reject(error) : undefined));
    call.end();
  });
}

// Real time passes here, on machines that have other things to do.
describe('the event stream of a migration', { timeout: 30_000 }, () => {
  it('sends the migration, every change, and end at the last', async () => {
    const { test, url } = await listening();
    const { id, run } = await startOne(test);
    setTimeout(() => (run.state = { ...run.state, status: 'paused' }), 300);
    setTimeout(() => (run.state = { ...run.state, status: 'completed', endedAt: run.state.createdAt }), 1_500);
    const events = await follow(`${url}/v1/migrations/${id}/events`);
    expect(events.map(({ event, data }) => `${event} ${data.status}`)).toEqual([
      'migration running',
      'migration paused',
      'migration completed',
      'end completed',
    ]);
  });

  it('polls once however many follow, and stops when they leave', async () => {
    const { test, url } = await listening();
    const { id } = await startOne(test);
    let asked = 0;
    const answer = test.runs.queryState.bind(test.runs);
    test.runs.queryState = (of) => {
      asked += 1;
      return answer(of);
    };
    const metric = async (): Promise<string> => /godwit_sse_subscribers (\d+)/.exec((await test.app.inject('/metrics')).body)?.[1] ?? '';
    const began = Date.now();
    const both = ['a', 'b'].map(() => follow(`${url}/v1/migrations/${id}/events`, () => Date.now() > began + 2_600));
    const timer = setInterval(() => {
      const run = test.runs.runs.get(id);
      if (run !== undefined) run.state = { ...run.state, progress: { ...run.state.progress, bytes: { done: Date.now(), total: null } } };
    }, 100);
    await expect.poll(metric).toBe('2');
    await Promise.all(both);
    clearInterval(timer);
    await expect.poll(metric).toBe('0');
    const atEnd = asked;
    // Two first looks, then one a second for both; one each would be twice as many.
    expect(atEnd).toBeLessThanOrEqual(2 + (Date.now() - began) / 1_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(asked).toBe(atEnd);
  });

  it('ends at shutdown, which does not wait for it', async () => {
    const { test, url } = await listening();
    const { id } = await startOne(test);
    const stream = follow(`${url}/v1/migrations/${id}/events`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = Date.now();
    await test.app.close();
    running = null;
    expect(Date.now() - before).toBeLessThan(2_000);
    expect((await stream).map(({ event }) => event)).toEqual(['migration']);
  });

  it('goes on over a restart of Temporal', async () => {
    const { test, url } = await listening();
    const { id, run } = await startOne(test);
    setTimeout(() => (test.runs.isDown = true), 200);
    setTimeout(() => {
      test.runs.isDown = false;
      run.state = { ...run.state, status: 'canceled', endedAt: run.state.createdAt };
    }, 1_700);
    const events = await follow(`${url}/v1/migrations/${id}/events`);
    expect(events.map(({ event }) => event)).toEqual(['migration', 'migration', 'end']);
  });
});
