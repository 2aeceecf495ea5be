/** @param {string} status @returns {{ label: string, tone: Tone }} a word that is not known is shown as it is */
export function wordOf(status: string): {
    label: string;
    tone: Tone;
};
/** @param {string} word @returns {string} "snapshot-restore" -> "Snapshot restore" */
export function humanize(word: string): string;
/** @param {string} status @returns {boolean} */
export function isFinal(status: string): boolean;
/**
 * How far it is: by bytes where they are known, since a migration by snapshot moves them long before a document arrives.
 *
 * @param {Migration['progress']} progress @returns {number | null} 0 to 1
 */
export function overallFraction({ bytes, documents }: Migration["progress"]): number | null;
/**
 * @param {Migration} migration
 * @returns {string} the amount that the overall fraction is of, so that the two never seem to contradict each other
 */
export function overallAmount({ status, progress: { bytes, documents } }: Migration): string;
/** @param {Migration} migration @returns {string | null} since when it waits for a person, if that is known */
export function waitingSince({ attention }: Migration): string | null;
/** @param {Migration} migration @returns {Step | null} */
export function currentStep({ steps }: Migration): Step | null;
/** @param {Migration} migration @returns {Summary} */
export function summarize(migration: Migration): Summary;
/** @typedef {'pause' | 'resume' | 'cancel' | 'throttle'} Control */
/** @param {Migration} migration @returns {Control[]} what can be asked of it now */
export function controlsOf({ status, throttle }: Migration): Control[];
/**
 * What a cancel would undo, grouped.
 *
 * @param {readonly EffectReport[]} effects
 * @returns {{ key: string, what: string, connection: string, subjects: string[], undo: string }[]}
 */
export function undoList(effects: readonly EffectReport[]): {
    key: string;
    what: string;
    connection: string;
    subjects: string[];
    undo: string;
}[];
/** @param {Migration} migration @returns {string} for the tab of the browser, what matters first */
export function documentTitle(migration: Migration): string;
export type Control = "pause" | "resume" | "cancel" | "throttle";
export type Tone = "calm" | "good" | "wait" | "ask" | "bad" | "idle";
/**
 * the one button
 */
export type Suggestion = {
    action: "retry" | "resume" | "approve" | "report";
    label: string;
    gate?: string;
};
export type Summary = {
    tone: Tone;
    title: string;
    text: string;
    todo: string;
    suggestion: Suggestion | null;
};
import type { Migration } from '../../../contracts/migration.js';
import type { Step } from '../../../contracts/migration.js';
import type { EffectReport } from '../../../contracts/report.js';
