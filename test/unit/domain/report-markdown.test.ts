import { expect, it } from 'vitest';
import { renderReportMarkdown } from '../../../src/domain/report-markdown.js';
import { aReport } from '../api/support/test-app.js';

it('says what became of the migration, what differs and what is left', () => {
  const text = renderReportMarkdown(
    aReport('m1', {
      status: 'failed',
      final: true,
      endedAt: '2026-03-01T11:02:03.000Z',
      failure: { code: 'VerificationMismatch', message: 'one index differs', remedy: 'Retry.' },
      totals: { indices: 2, documents: 1_234_567, bytes: 5_368_709_120 },
      indices: [
        { index: 'shop', target: 'shop-new', verdict: 'mismatch', sourceDocuments: 10, targetDocuments: 9, operationsAfterCutoff: null, note: null },
        { index: 'logs', target: 'logs', verdict: 'equal', sourceDocuments: 1_000, targetDocuments: 1_000, operationsAfterCutoff: 0, note: null },
      ],
      indicesTotal: 3,
      effects: [{ kind: 'snapshot', connection: 'old', subject: 'godwit-m1', state: 'left', note: 'no route to the cluster' }],
    }),
  );
  expect(text).toMatch(/^# Migration m1: failed\n/);
  expect(text).toContain('- Ended: 2026-03-01T11:02:03.000Z (1 h 2 min 3 s)');
  expect(text).toContain('- Moved: 2 indices, 1,234,567 documents, 5.0 GiB');
  expect(text).toContain('| shop | shop-new | mismatch | 10 | 9 | unknown |  |');
  expect(text).toContain('... and 1 more');
  expect(text).toContain('| snapshot | old | godwit-m1 | left | no route to the cluster |');
  expect(text).not.toContain('goes on');
});

it('lets no name break a table or become HTML', () => {
  const text = renderReportMarkdown(
    aReport('m1', { effects: [{ kind: 'index', connection: 'new', subject: 'a|b\n<script>*x*', state: 'kept', note: null }] }),
  );
  expect(text).toContain('| index | new | a\\|b &lt;script>\\*x\\* | kept |  |');
});
