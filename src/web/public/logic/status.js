/**
 * What a status means: its words, its tone, and one sentence of what goes on and one of what to do. Pure.
 *
 * Written for somebody who was woken up and has never seen Godwit: what is wrong, is anything lost, what is safe.
 */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { count, fraction, percent, plural, roughly, sentence, size } from './format.js';

/** @import { Attention, Migration, Step } from '../../../contracts/migration.js' */
/** @import { EffectReport } from '../../../contracts/report.js' */
/** @typedef {'calm' | 'good' | 'wait' | 'ask' | 'bad' | 'idle'} Tone */
/** @typedef {{ action: 'retry' | 'resume' | 'approve' | 'report', label: string, gate?: string }} Suggestion the one button */
/** @typedef {{ tone: Tone, title: string, text: string, todo: string, suggestion: Suggestion | null }} Summary */

/** @type {Readonly<Record<string, { label: string, tone: Tone }>>} statuses of migrations, steps and slices */
const WORDS = {
  running: { label: 'Running', tone: 'calm' },
  paused: { label: 'Paused', tone: 'wait' },
  'awaiting-approval': { label: 'Awaiting approval', tone: 'ask' },
  'needs-attention': { label: 'Needs attention', tone: 'bad' },
  completed: { label: 'Completed', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  canceled: { label: 'Canceled', tone: 'idle' },
  pending: { label: 'Pending', tone: 'idle' },
  skipped: { label: 'Skipped', tone: 'idle' },
  verified: { label: 'Verified', tone: 'good' },
  mismatch: { label: 'Differs', tone: 'bad' },
  equal: { label: 'Equal', tone: 'good' },
  'within-cutoff': { label: 'Equal at cut-off', tone: 'good' },
  'not-compared': { label: 'Not compared', tone: 'idle' },
  missing: { label: 'Missing', tone: 'bad' },
  extra: { label: 'Extra', tone: 'bad' },
  different: { label: 'Different', tone: 'bad' },
  error: { label: 'Error', tone: 'bad' },
  warning: { label: 'Warning', tone: 'wait' },
  info: { label: 'Note', tone: 'calm' },
  begun: { label: 'Begun', tone: 'calm' },
  done: { label: 'In place', tone: 'calm' },
  undone: { label: 'Undone', tone: 'idle' },
  kept: { label: 'Kept', tone: 'good' },
  left: { label: 'Left behind', tone: 'wait' },
};

/** @param {string} status @returns {{ label: string, tone: Tone }} a word that is not known is shown as it is */
export function wordOf(status) {
  return WORDS[status] ?? { label: humanize(status), tone: 'idle' };
}

/** @param {string} word @returns {string} "snapshot-restore" -> "Snapshot restore" */
export function humanize(word) {
  const spaced = word.replaceAll('-', ' ').replace(/^tls\b/, 'TLS');
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}`;
}

/** @param {string} status @returns {boolean} */
export function isFinal(status) {
  return status === 'completed' || status === 'failed' || status === 'canceled';
}

/**
 * How far it is: by bytes where they are known, since a migration by snapshot moves them long before a document arrives.
 *
 * @param {Migration['progress']} progress @returns {number | null} 0 to 1
 */
export function overallFraction({ bytes, documents }) {
  return bytes.total === null || bytes.total === 0 ? fraction(documents) : fraction(bytes);
}

/**
 * @param {Migration} migration
 * @returns {string} the amount that the overall fraction is of, so that the two never seem to contradict each other
 */
export function overallAmount({ status, progress: { bytes, documents } }) {
  if (status === 'completed' || bytes.total === null || bytes.total === 0) {
    return documents.total === null || status === 'completed' ? plural(documents.done, 'document') : `${count(documents.done)} of ${plural(documents.total, 'document')}`;
  }
  return `${size(bytes.done)} of ${size(bytes.total)}`;
}

/** @param {Migration} migration @returns {string | null} since when it waits for a person, if that is known */
export function waitingSince({ attention }) {
  return attention.map(({ since }) => since).sort()[0] ?? null;
}

/** @param {Migration} migration @returns {Step | null} */
export function currentStep({ steps }) {
  return steps.find(({ status }) => status === 'running') ?? null;
}

/** @type {Readonly<Record<string, string>>} */
const DOING = {
  preflight: 'Checking both clusters; nothing has been touched yet',
  prepare: 'Preparing both clusters',
  transfer: 'Moving data',
  'catch-up': 'Catching up with what was written meanwhile',
  repair: 'Repairing what differs at the target',
  verify: 'Comparing target and source',
  cutover: 'Cutting over',
  cleanup: 'Cleaning up',
};

/** @param {Migration} migration @returns {Summary} */
export function summarize(migration) {
  switch (migration.status) {
    case 'needs-attention':
      return needsAttention(migration);
    case 'awaiting-approval':
      return awaitingApproval(migration);
    case 'paused':
      return paused(migration);
    case 'completed':
      return completed(migration);
    case 'failed':
      return failed(migration);
    case 'canceled':
      return canceled();
    default:
      return running(migration);
  }
}

/** @param {Migration} migration @returns {Summary} */
function running(migration) {
  const { attentionTotal, progress } = migration;
  const step = currentStep(migration);
  const doing = step === null ? 'Starting' : (DOING[step.name] ?? humanize(step.name));
  const far = step !== null && ['transfer', 'catch-up'].includes(step.name) ? overallFraction(progress) : null;
  const left = progress.etaSeconds === null || far === null ? '' : `, ${roughly(progress.etaSeconds)} left`;
  const text = sentence(`${doing}${far === null ? '' : `: ${percent(far)}`}${left}`);
  if (attentionTotal === 0) return { tone: 'calm', title: 'Running', text, todo: 'Nothing to do.', suggestion: null };
  const stuck = plural(attentionTotal, 'item is stuck and waits', 'items are stuck and wait');
  return {
    tone: 'wait',
    title: 'Running, with trouble',
    text: `${text} ${stuck} for you; everything else goes on.`,
    todo: whatToMend(migration),
    suggestion: retry(attentionTotal),
  };
}

/** @param {Migration} migration @returns {Summary} */
function needsAttention(migration) {
  const { attention, attentionTotal } = migration;
  const [first] = attention;
  const total = Math.max(attentionTotal, attention.length);
  if (first === undefined) {
    const text = 'It is parked, but does not say what for. Nothing is lost.';
    return { tone: 'bad', title: 'Needs attention', text, todo: 'Retry goes on from where it stopped.', suggestion: retry(1) };
  }
  const step = humanize(first.step).toLowerCase();
  const what =
    total === 1
      ? `Parked in step ${step} at “${first.subject}”: ${first.error}`
      : `Parked in step ${step}: ${plural(total, 'item is', 'items are')} stuck${sameError(attention) ? ` for the same reason: ${first.error}` : ''}`;
  return {
    tone: 'bad',
    title: 'Needs attention',
    text: `${sentence(what)} Nothing is lost.`,
    todo: whatToMend(migration),
    suggestion: retry(total),
  };
}

/** @param {readonly Attention[]} attention @returns {boolean} */
function sameError(attention) {
  return attention.every(({ code, error }) => code === attention[0]?.code && error === attention[0].error);
}

/** @param {Migration} migration @returns {string} */
function whatToMend({ attention, attentionTotal }) {
  const remedies = [...new Set(attention.map(({ remedy }) => remedy))];
  const [only] = remedies;
  if (remedies.length === 1 && only !== undefined) return sentence(only);
  return attentionTotal > 0 ? 'Mend what the cards below name, then retry. Retrying is always safe.' : 'Retrying is safe.';
}

/** @param {number} total @returns {Suggestion} */
function retry(total) {
  return { action: 'retry', label: total > 1 ? `Retry all ${count(total)}` : 'Retry' };
}

/** @param {Migration} migration @returns {Summary} */
function awaitingApproval({ gates }) {
  const [gate] = gates;
  return {
    tone: 'ask',
    title: 'Awaiting approval',
    text: gate === undefined ? 'It waits for approval.' : `It waits for a person: ${sentence(gate.question)}`,
    todo: 'Nothing goes on until it is approved; waiting does no harm.',
    suggestion: gate === undefined || gates.length > 1 ? null : { action: 'approve', label: 'Approve', gate: gate.name },
  };
}

/** @param {Migration} migration @returns {Summary} */
function paused(migration) {
  const stuck = migration.attentionTotal > 0 ? ` ${plural(migration.attentionTotal, 'item waits', 'items wait')} for a retry as well.` : '';
  return {
    tone: 'wait',
    title: 'Paused',
    text: `A person paused it. Nothing new is started; what was under way at the clusters comes to its end.${stuck}`,
    todo: 'Resume goes on from where it stopped.',
    suggestion: { action: 'resume', label: 'Resume' },
  };
}

/** @param {Migration} migration @returns {Summary} */
function completed({ progress, verification, attentionTotal }) {
  const moved = `${plural(progress.documents.done, 'document')} moved`;
  /** @type {Suggestion} */
  const suggestion = { action: 'report', label: 'See the report' };
  if (verification.status === 'verified' && verification.mismatches === 0 && attentionTotal === 0) {
    const text = `${moved}, and the target compared with the source by ${verification.mode}: no difference.`;
    return { tone: 'good', title: 'Completed and verified', text, todo: 'Nothing to do.', suggestion };
  }
  const differs = verification.mismatches > 0 ? `; ${plural(verification.mismatches, 'difference')} accepted` : '';
  return {
    tone: 'wait',
    title: 'Completed, with remarks',
    text: `${moved}. Verification by ${verification.mode}: ${wordOf(verification.status).label.toLowerCase()}${differs}.`,
    todo: 'The report names what was skipped or accepted.',
    suggestion,
  };
}

/** @param {Migration} migration @returns {Summary} */
function failed({ failure }) {
  return {
    tone: 'bad',
    title: 'Failed',
    text: failure === null ? 'It ended without a word.' : sentence(failure.message),
    todo: `${failure === null ? '' : `${sentence(failure.remedy)} `}The report lists whatever is still in place at the clusters.`,
    suggestion: { action: 'report', label: 'See the report' },
  };
}

/** @returns {Summary} */
function canceled() {
  return {
    tone: 'idle',
    title: 'Canceled',
    text: 'A person canceled it, and what it had done to the clusters was undone.',
    todo: 'The report lists what could not be undone.',
    suggestion: { action: 'report', label: 'See the report' },
  };
}

/** @typedef {'pause' | 'resume' | 'cancel' | 'throttle'} Control */

/** @param {Migration} migration @returns {Control[]} what can be asked of it now */
export function controlsOf({ status, throttle }) {
  if (isFinal(status)) return [];
  /** @type {Control[]} */
  const controls = [status === 'paused' ? 'resume' : 'pause'];
  if (throttle.concurrency !== null || throttle.requestsPerSecond !== null) controls.push('throttle');
  return [...controls, 'cancel'];
}

/** @type {Readonly<Record<string, { one: string, many: string, undo: string }>>} */
const EFFECTS = {
  'register-repository': { one: 'repository registration', many: 'repository registrations', undo: 'is removed; the files stay' },
  'probe-snapshot': { one: 'probe snapshot', many: 'probe snapshots', undo: 'is deleted' },
  'create-snapshot': { one: 'snapshot made by Godwit', many: 'snapshots made by Godwit', undo: 'is deleted' },
  restore: { one: 'restored index', many: 'restored indices', undo: 'is deleted' },
  replace: { one: 'replaced index', many: 'replaced indices', undo: 'cannot be brought back' },
  'restore-feature-states': { one: 'restored feature state', many: 'restored feature states', undo: 'is replaced by what the target had, if that was kept' },
  'back-up-feature-states': { one: 'backup of feature states', many: 'backups of feature states', undo: 'is deleted, unless it is still needed' },
};

/**
 * What a cancel would undo, grouped.
 *
 * @param {readonly EffectReport[]} effects
 * @returns {{ key: string, what: string, connection: string, subjects: string[], undo: string }[]}
 */
export function undoList(effects) {
  /** @type {Map<string, { kind: string, connection: string, subjects: string[] }>} */
  const groups = new Map();
  for (const { kind, connection, subject, state } of effects) {
    if (state !== 'begun' && state !== 'done') continue;
    const key = `${kind} ${connection}`;
    const group = groups.get(key) ?? { kind, connection, subjects: [] };
    group.subjects.push(subject);
    groups.set(key, group);
  }
  return [...groups].map(([key, { kind, connection, subjects }]) => {
    const known = EFFECTS[kind] ?? { one: humanize(kind).toLowerCase(), many: humanize(kind).toLowerCase(), undo: 'is undone if that can be done' };
    const undo = subjects.length > 1 ? known.undo.replace(/^is /, 'are ') : known.undo;
    return { key, what: plural(subjects.length, known.one, known.many), connection, subjects, undo };
  });
}

/** @param {Migration} migration @returns {string} for the tab of the browser, what matters first */
export function documentTitle(migration) {
  const { status, source, target, attentionTotal } = migration;
  const far = status === 'running' ? overallFraction(migration.progress) : null;
  const state = far !== null ? percent(far) : wordOf(status).label;
  return `${attentionTotal > 0 && !isFinal(status) ? '(!) ' : ''}${state} · ${source} → ${target} · Godwit`;
}
