/**
 * What export and import of saved objects leave out and Kibana moves by other routes: detection rules, exception lists,
 * value lists, timelines, advanced settings. Each is listed, written, brought back and removed by its own.
 *
 * Each answers 404 where the feature is absent: then there is nothing of it.
 */
import type { FamilyType } from '../domain/saved-objects/families.js';
import { advancedSettings } from './families/advanced-settings.js';
import { detectionRules } from './families/detection-rules.js';
import { exceptionLists } from './families/exception-lists.js';
import type { Family, FamilyItem } from './families/family.js';
import { timelines } from './families/timelines.js';
import { valueLists } from './families/value-lists.js';

/** Whether the target has the same. */
export const isSame = (type: FamilyType, source: FamilyItem, target: FamilyItem): boolean => source.mark === target.mark || FAMILY[type].isSame?.(source, target) === true;

export { enableDetectionRule } from './families/detection-rules.js';
export type { Family, FamilyItem } from './families/family.js';

export const FAMILY: Readonly<Record<FamilyType, Family>> = {
  'advanced-settings': advancedSettings,
  'value-list': valueLists,
  'exception-list': exceptionLists,
  timeline: timelines,
  'detection-rule': detectionRules,
};
