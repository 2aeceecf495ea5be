import { describe, expect, it } from 'vitest';
import { mend } from '../../../../src/domain/reindex/mend.js';
import { checkBodies } from '../../../../src/domain/preflight/body-checks.js';

const settings = { 'index.old': '1', 'index.analysis.tokenizer.g.type': 'nGram', 'index.analysis.analyzer.a.filter': ['lowercase', 'nGram'] };
const mappings = { _size: { enabled: true }, properties: { o: { properties: { title: { type: 'text', boost: 2, fields: { title: { type: 'keyword', boost: 3 } } } } }, boost: { type: 'long' } } };

describe('a body that is refused', () => {
  it('loses the setting that is named', () => {
    expect(mend({ mappings, settings }, 'unknown setting [index.old] please check')).toEqual({
      body: { mappings, settings: { 'index.analysis.tokenizer.g.type': 'nGram', 'index.analysis.analyzer.a.filter': ['lowercase', 'nGram'] } },
      change: 'setting index.old is left out',
    });
  });

  it('loses a mapping parameter, wherever a field of that name has it, and no field', () => {
    const mended = mend({ mappings, settings }, 'Failed to parse mapping: Unknown parameter [boost] on mapper [title]');
    expect(mended?.change).toBe('mapping parameter boost of o.title, o.title.title is left out');
    expect(mended?.body.mappings).toEqual({ _size: { enabled: true }, properties: { o: { properties: { title: { type: 'text', fields: { title: { type: 'keyword' } } } } }, boost: { type: 'long' } } });
  });

  it('loses a part of the root', () => {
    expect(mend({ mappings, settings }, 'Root mapping definition has unsupported parameters:  [_size : {enabled=true}]')?.body.mappings).not.toHaveProperty('_size');
  });

  it('calls a tokenizer or filter by its new name', () => {
    const mended = mend({ mappings, settings }, 'The [nGram] tokenizer name was deprecated in 7.6. Please use the tokenizer name to [ngram] for indices created in versions 8 or higher instead.');
    expect(mended?.body.settings).toEqual({ 'index.old': '1', 'index.analysis.tokenizer.g.type': 'ngram', 'index.analysis.analyzer.a.filter': ['lowercase', 'ngram'] });
  });

  it.each(['analyzer [nope] has not been configured in mappings', 'unknown setting [index.other] please check', 'Unknown parameter [x] on mapper [nobody]', 'The mapper type [foo] declared on field [t] does not exist.'])('cannot do without: %s', (reason) => {
    expect(mend({ mappings, settings }, reason)).toBeNull();
  });
});

describe('findings about bodies', () => {
  const body = (name: string, over: object = {}) => ({ name, target: name, leftOut: [], changes: [], refusal: null, ...over });

  it('indices with the same changes are one finding; each refusal is its own, by the name that can be skipped', () => {
    const findings = checkBodies([body('a', { changes: ['x'] }), body('b', { changes: ['x'] }), body('c', { refusal: 'analyzer [nope]' }), body('d', { leftOut: ['index.blocks.write'] }), body('e')]);
    expect(findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`)).toEqual(['error ElasticsearchRejected c', 'warning BodyChanged 2 indices', 'info SettingsLeftOut d']);
    expect(findings[1]?.message).toBe('a, b are made at the target with changes: x');
  });
});
