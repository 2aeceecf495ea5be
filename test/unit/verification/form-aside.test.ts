/** A form in a thread: the same bytes, and an end when it is told to. */
import { expect, it } from 'vitest';
import { formAside } from '../../../src/verification/form-aside.js';
import { FORMS, type Form } from '../../../src/verification/forms.js';
import { Random, RandomJson } from '../transfer/random-json.js';

const never = new AbortController().signal;

it('makes the same of any document as the form itself, many at once', async () => {
  const documents = [...Array.from({ length: 50 }, (_, seed) => Buffer.from(new RandomJson(new Random(seed)).document())), Buffer.from('{"a":1, // why\r "b":2}'), Buffer.from('')];
  for (const form of ['canonical', 'rewritten', 'exact'] satisfies Form[]) {
    const made = await Promise.all(documents.map((document) => formAside(form, document, never)));
    expect(made.map(String)).toEqual(documents.map((document) => String(FORMS[form]?.(document) ?? document)));
  }
});

it('ends when it is told to, and the next is none the worse for it', async () => {
  const stop = new AbortController();
  const running = formAside('canonical', Buffer.from(`[${'1.0,'.repeat(500_000)}1]`), stop.signal);
  stop.abort();
  await expect(running).rejects.toMatchObject({ code: 'Canceled' });
  await expect(formAside('canonical', Buffer.from('{}'), stop.signal)).rejects.toMatchObject({ code: 'Canceled' });
  expect((await formAside('canonical', Buffer.from('{"b":1.0,"a":2}'), never)).toString()).toBe('{"a":2e0,"b":1e0}');
});
