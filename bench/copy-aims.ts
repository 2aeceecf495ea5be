/** What copy is to reach beside others, measured in one run; printed with met or missed. */
import type { Measurement } from './measure.js';
import { median } from './statistics.js';

export type Results = ReadonlyMap<string, readonly Measurement[]>;

interface Aim {
  readonly what: string;
  readonly value: number;
  readonly wanted: number;
  readonly isMost?: boolean;
}

const seconds = (results: Results, name: string): number => median((results.get(name) ?? []).map((measurement) => measurement.seconds));

/** @param isLarge documents of some 20 KB rather than of some 500 bytes */
export function aimsOf(results: Results, gigabytes: number, isLarge: boolean): Aim[] {
  const warm = results.get('godwit') ?? [];
  const [ours, anew] = [seconds(results, 'godwit'), seconds(results, 'godwit, process started anew')];
  const native = ['reindex, size 1,000', 'reindex, size 5,000', 'reindex, two disjoint tasks'].map((name) => seconds(results, name)).filter((value) => !Number.isNaN(value));
  return [
    // These are processes that start, as Godwit's is here.
    { what: 'elasticdump as installed takes so many times as long', value: seconds(results, 'elasticdump, as installed') / anew, wanted: isLarge ? 2.5 : 15 },
    { what: 'elasticdump tuned', value: seconds(results, 'elasticdump, tuned') / anew, wanted: isLarge ? 1.3 : 1.4 },
    { what: 'elasticdump with big integers', value: seconds(results, 'elasticdump, big integers') / anew, wanted: 5 },
    { what: '_reindex at size 1,000', value: seconds(results, 'reindex, size 1,000') / ours, wanted: 1.4 },
    { what: '_reindex at its best', value: Math.min(...native) / ours, wanted: 1.2 },
    { what: 'share of the speed of raw _bulk while an equal read runs', value: seconds(results, 'raw _bulk while an equal read runs') / ours, wanted: 0.95 },
    { what: 'CPU seconds per GB, warm', value: median(warm.map(({ cpuSeconds }) => cpuSeconds)) / gigabytes, wanted: 6, isMost: true },
    { what: 'most memory, MB', value: Math.max(...warm.map(({ peakMb }) => peakMb)), wanted: 200, isMost: true },
  ];
}

/** @returns whether all that were measured are met */
export function printAims(aims: readonly Aim[]): boolean {
  console.log('\n| aim | wanted | measured | |\n| --- | --- | --- | --- |');
  const verdicts = aims.map(({ what, value, wanted, isMost = false }) => {
    const isMeasured = Number.isFinite(value);
    const isMet = isMost ? value <= wanted : value >= wanted;
    console.log(`| ${what} | ${isMost ? 'at most' : 'at least'} ${String(wanted)} | ${isMeasured ? value.toFixed(2) : '-'} | ${isMeasured ? (isMet ? 'met' : 'missed') : 'not measured'} |`);
    return !isMeasured || isMet;
  });
  return verdicts.every(Boolean);
}
