import { expect, it } from 'vitest';
import { WriteAnswers } from '../../../src/domain/write-answers.js';

it('a target that answers as it usually does is not judged, however slow that is', () => {
  const answers = new WriteAnswers();
  for (let requests = 4; requests < 100; requests += 4) expect(answers.judge({ turnedDown: 0, requests, requestMs: requests * 6_000 })).toBeNull();
});

it('one that takes four times as long as usual, if that is long', () => {
  const answers = new WriteAnswers();
  expect(answers.judge({ turnedDown: 0, requests: 10, requestMs: 2_000 })).toBeNull();
  expect(answers.judge({ turnedDown: 0, requests: 20, requestMs: 2_000 + 40_000 })).toBeNull();
  // Too few to say, so they are judged with those that come.
  expect(answers.judge({ turnedDown: 0, requests: 22, requestMs: 42_000 + 20_000 })).toBeNull();
  expect(answers.judge({ turnedDown: 0, requests: 24, requestMs: 42_000 + 32_000 })).toBe('target answers writes in 8.0 s, usually 0.2 s');
  expect(answers.judge({ turnedDown: 0, requests: 30, requestMs: 74_000 + 600 })).toBeNull();
});

it('one that turns documents down says so, once each', () => {
  const answers = new WriteAnswers();
  expect(answers.judge({ turnedDown: 3, requests: 0, requestMs: 0 })).toBe('target turned down 3 document(s)');
  expect(answers.judge({ turnedDown: 3, requests: 1, requestMs: 10 })).toBeNull();
  expect(answers.judge({ turnedDown: 5, requests: 2, requestMs: 20 })).toBe('target turned down 2 document(s)');
});
