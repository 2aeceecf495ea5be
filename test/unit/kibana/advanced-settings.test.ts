/** When the advanced settings of two Kibanas are the same. */
import { expect, it } from 'vitest';
import { areSameSettings } from '../../../src/kibana/families/advanced-settings.js';
import type { FamilyItem } from '../../../src/kibana/families/family.js';

const item = (attributes: object, typeMigrationVersion: string): FamilyItem => ({
  ...{ id: 'config', title: null, mark: JSON.stringify(attributes), bytes: 0, isEnabled: false, isShared: false },
  lines: [JSON.stringify({ type: 'config', id: '1.0.0', attributes: { ...attributes, buildNum: 7 }, references: [], typeMigrationVersion })],
});
const before = item({ 'theme:darkMode': true, 'timelion:old': 1 }, '8.9.0');

it.each([
  ['the same', item({ 'theme:darkMode': true, 'timelion:old': 1 }, '8.9.0'), true],
  ['one fewer, though no version has dropped it', item({ 'theme:darkMode': true }, '8.9.0'), false],
  ['one that a newer version has dropped', item({ 'theme:darkMode': true }, '9.1.0'), true],
  ['another value, whatever the version', item({ 'theme:darkMode': false, 'timelion:old': 1 }, '9.1.0'), false],
  ['one more, of the target alone', item({ 'theme:darkMode': true, 'dateFormat:tz': 'UTC' }, '9.1.0'), false],
])('%s', (_what, after, isSame) => {
  expect(areSameSettings(before, after)).toBe(isSame);
});
