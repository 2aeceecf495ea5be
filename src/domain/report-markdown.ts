/**
 * A report as Markdown, for people: what became of the migration first, then what differs, then what is left to do.
 *
 * Pure, and only a view of the data: nothing is decided here. Names come from clusters, so they are escaped.
 */
import type { EffectReport, IndexReport, Report } from '../contracts/report.js';

/** Most rows of a table; the data has the rest. */
const MAX_ROWS = 200;

export function renderReportMarkdown(report: Report): string {
  const sections = [
    heading(report),
    verification(report),
    section('Failure', report.failure === null ? [] : [`**${text(report.failure.code)}**: ${text(report.failure.message)}`, '', text(report.failure.remedy)]),
    section('Needs attention', attention(report)),
    section('Documents that the target refused', deadLetters(report)),
    section(report.type === 'components' ? 'Components' : 'Indices', indices(report)),
    section('Documents', contents(report)),
    section('Differences', listed(report)),
    section('Still in place at the clusters', effects(report.effects.filter((effect) => effect.state !== 'undone'))),
    section('Undone', effects(report.effects.filter((effect) => effect.state === 'undone'))),
    section('Steps', steps(report)),
    section('Preflight', findings(report)),
    section('Who did what', audit(report)),
    section('Request', ['```json', JSON.stringify(report.request, null, 2), '```']),
  ];
  return `${sections.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A text inside a line or a table cell: no line break, no character that Markdown or HTML would act on. */
function text(value: string): string {
  return value
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|#]/g, '\\$&');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`## ${title}`, '', ...lines].join('\n');
}

function table(columns: readonly string[], rows: readonly (readonly string[])[], total: number = rows.length): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const shown = rows.slice(0, MAX_ROWS);
  const rest = total > shown.length ? ['', `... and ${number(total - shown.length)} more; the JSON report has at most 1,000.`] : [];
  return [line(columns), line(columns.map(() => '---')), ...shown.map(line), ...rest];
}

/** Digits in groups, the same on every machine. */
function number(value: number | null): string {
  return value === null ? 'unknown' : String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  const amount = value / 1_024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${units[power] ?? ''}`;
}

function duration(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return [hours > 0 ? `${hours} h` : '', hours + minutes > 0 ? `${minutes} min` : '', `${seconds % 60} s`].filter(Boolean).join(' ');
}

function cluster(connection: string, identity: Report['clusters']['source']): string {
  return identity === null ? text(connection) : `${text(connection)} (${text(identity.name)}, Elasticsearch ${text(identity.version)})`;
}

function heading(report: Report): string {
  const ended = report.endedAt === null ? 'not ended yet' : `${report.endedAt} (${duration(report.createdAt, report.endedAt)})`;
  const lines = [
    `# Migration ${text(report.id)}: ${report.status}`,
    '',
    ...(report.final ? [] : ['*The migration goes on, and so does this report.*', '']),
    `- Type: ${report.type}`,
    `- Source: ${cluster(report.source, report.clusters.source)}`,
    `- Target: ${cluster(report.target, report.clusters.target)}`,
    `- Started: ${report.createdAt}`,
    `- Ended: ${ended}`,
    ...(report.outcomes === undefined ? [] : [`- Outcomes: ${Object.entries(report.outcomes).map(([outcome, count]) => `${number(count)} ${text(outcome)}`).join(', ')}`]),
    report.type === 'components'
      ? `- At the target as asked: ${number(report.totals.indices)} components`
      : `- Moved: ${number(report.totals.indices)} indices, ${number(report.totals.documents)} documents, ${bytes(report.totals.bytes)}`,
  ];
  return lines.join('\n');
}

function verification({ verification: found }: Report): string {
  const lines = [
    `**${found.status}** by ${found.mode}: ${number(found.equal)} of ${number(found.compared)} compared are equal, ` +
      `${number(found.withinCutoff)} differ only by writes after the cut-off, ${number(found.mismatches)} differ, ${number(found.skipped)} skipped.`,
    ...(found.cutoff === null ? [] : ['', `Compared up to: ${text(found.cutoff)}`]),
  ];
  return section('Verification', lines);
}

function attention({ attention: entries }: Report): string[] {
  return table(
    ['Subject', 'Step', 'What happened', 'What to do'],
    entries.map((entry) => [text(entry.subject), entry.step, text(entry.error), text(entry.remedy)]),
  );
}

function deadLetters({ deadLetters: groups, deadLettersNotKept: notKept = 0 }: Report): string[] {
  const rows = groups.map((group) => [text(group.cause), number(group.documents), number(group.accepted), text(group.reason), text(group.ids.join(', '))]);
  return [...table(['Cause', 'Documents', 'Accepted by skip', 'For example', 'Ids'], rows), ...(notKept === 0 ? [] : ['', `... and ${number(notKept)} more that are not kept, so they are in none of these.`])];
}

function indexRow(row: IndexReport): string[] {
  const counts = [row.sourceDocuments, row.targetDocuments, row.operationsAfterCutoff].map(number);
  return [text(row.index), row.target === row.index ? '' : text(row.target), row.verdict, ...counts, text(row.note ?? '')];
}

function indices({ type, indices: rows, indicesTotal }: Report): string[] {
  if (type === 'components') return table(['Component', 'Verdict', 'Note'], rows.map((row) => [text(row.index), row.verdict, text(row.note ?? '')]), indicesTotal);
  const columns = ['Index', 'At the target', 'Verdict', 'Documents at source', 'Documents at target', 'Writes after cut-off', 'Note'];
  return table(columns, rows.map(indexRow), indicesTotal);
}

function contents({ indices: rows }: Report): string[] {
  return table(
    ['Index', 'Compared', 'At source', 'At target', 'Missing', 'Extra', 'Different', 'Rounded', 'After cut-off', 'Repaired'],
    rows.flatMap(({ index, content }) => {
      if (content === null || content === undefined) return [];
      const { mode, sourceDocuments, targetDocuments, missing, extra, different, rewritten, afterCutoff, repaired } = content;
      return [[text(index), `${mode}, ${content.content}`, ...[sourceDocuments, targetDocuments, missing, extra, different, rewritten, afterCutoff, repaired].map(number)]];
    }),
  );
}

function listed({ indices: rows }: Report): string[] {
  return table(
    ['Index', 'What', 'Id', 'Routing', 'Fields: source, target'],
    rows.flatMap(({ index, content }) =>
      (content?.differences ?? []).map(({ kind, id, routing, fields }) => [
        ...[text(index), kind, text(id), text(routing ?? '')],
        fields.map(({ path, source, target }) => `${text(path)}: ${text(source ?? 'absent')}, ${text(target ?? 'absent')}`).join('; '),
      ]),
    ),
  );
}

function effects(rows: readonly EffectReport[]): string[] {
  return table(
    ['What', 'Cluster', 'Subject', 'State', 'Note'],
    rows.map((row) => [text(row.kind), text(row.connection), text(row.subject), row.state, text(row.note ?? '')]),
  );
}

function steps({ steps: rows }: Report): string[] {
  const took = (from: string | null, to: string | null): string => (from === null || to === null ? '' : duration(from, to));
  return table(
    ['Step', 'Status', 'Took', 'Detail'],
    rows.map((row) => [row.name, row.status, took(row.startedAt, row.endedAt), text(row.detail ?? '')]),
  );
}

function findings({ findings: rows }: Report): string[] {
  return table(
    ['Severity', 'Subject', 'Finding', 'What to do'],
    rows.map((row) => [row.severity, text(row.subject), text(row.message), text(row.remedy)]),
  );
}

function audit({ audit: rows }: Report): string[] {
  return table(
    ['When', 'Who', 'Role', 'What', 'Detail'],
    rows.map((row) => [row.at, text(row.actor), text(row.role), text(row.action), text(row.detail ?? '')]),
  );
}
