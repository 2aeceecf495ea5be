/** Numbers, sizes, durations and times as the dashboard writes them. */
import { describe, expect, test } from 'vitest';
import {
  count, documentRate, duration, fraction, localTime, percent, plural, relativeTime, roughly, secondsBetween, sentence, size, sizeRate, utcTime,
} from '../../../src/web/public/logic/format.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('numbers', () => {
  test('have separators, and a dash where they are not known', () => {
    expect(count(184_220_417)).toBe('184,220,417');
    expect(count(0)).toBe('0');
    expect(count(null)).toBe('–');
    expect(plural(1, 'index', 'indices')).toBe('1 index');
    expect(plural(1_200, 'index', 'indices')).toBe('1,200 indices');
  });

  test.each([
    [0, '0 B'], [1, '1 B'], [1_023, '1,023 B'], [1_024, '1.0 KiB'], [1_536, '1.5 KiB'], [1_048_575, '1.0 MiB'], [1_048_576, '1.0 MiB'],
    [612_480_000_000, '570.4 GiB'], [5e15, '4.4 PiB'], [5e18, '4440.9 PiB'], [null, '–'],
  ])('%s bytes are %s', (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  test('speeds', () => {
    expect(documentRate(null)).toBe('–');
    expect(documentRate(2.46)).toBe('2.5/s');
    expect(documentRate(7)).toBe('7/s');
    expect(documentRate(12_345.6)).toBe('12,346/s');
    expect(sizeRate(2_097_152)).toBe('2.0 MiB/s');
  });

  test('100 % is said only when it is all, and 0 % only when it is nothing', () => {
    expect(percent(0.9999)).toBe('99 %');
    expect(percent(1)).toBe('100 %');
    expect(percent(0.001)).toBe('< 1 %');
    expect(percent(0)).toBe('0 %');
    expect(percent(null)).toBe('–');
    expect(fraction({ done: 0, total: 0 })).toBeNull();
    expect(fraction({ done: 5, total: null })).toBeNull();
    expect(fraction({ done: 12, total: 10 })).toBe(1);
  });
});

describe('times', () => {
  test.each([
    [0, '0 s'], [59.4, '59 s'], [59.6, '1 min'], [104, '1 min 44 s'], [1_199, '19 min'], [3_600, '1 h'], [11_400, '3 h 10 min'],
    [47 * 3_600, '47 h'], [48 * 3_600, '2 d'], [200_000, '2 d 7 h'], [-3, '0 s'], [null, '–'],
  ])('%s seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  test.each([[12, 'less than a minute'], [104, 'about 2 min'], [3_599, 'about 1 h'], [11_234, 'about 3 h 5 min']])('an estimate of %s seconds is %s', (seconds, text) => {
    expect(roughly(seconds)).toBe(text);
  });

  test('are local and short, with UTC beside', () => {
    expect(localTime('2026-03-01T10:05:09Z', NOW, 'Europe/Berlin')).toBe('11:05:09');
    expect(localTime('2026-02-27T23:30:00Z', NOW, 'Europe/Berlin')).toBe('28 Feb 2026, 00:30');
    expect(utcTime('2026-03-01T10:05:09.123Z')).toBe('2026-03-01 10:05:09 UTC');
  });

  test('relative ones look both ways', () => {
    expect(relativeTime('2026-03-01T11:59:58Z', NOW)).toBe('just now');
    expect(relativeTime('2026-03-01T11:48:00Z', NOW)).toBe('12 min ago');
    expect(relativeTime('2026-03-01T12:10:00Z', NOW)).toBe('in 10 min');
    expect(secondsBetween('2026-03-01T11:59:00Z', null, NOW)).toBe(60);
    expect(secondsBetween('2026-03-01T12:59:00Z', null, NOW)).toBe(0);
  });
});

test('a message of the API becomes a sentence, once', () => {
  expect(sentence('the disk is full')).toBe('The disk is full.');
  expect(sentence('The disk is full. ')).toBe('The disk is full.');
  expect(sentence('Go on?')).toBe('Go on?');
  expect(sentence('')).toBe('');
});
