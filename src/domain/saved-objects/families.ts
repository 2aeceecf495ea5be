/** What Kibana keeps outside of the saved objects that it exports and imports as such: each has a way of its own. Pure. */

/** In the order in which they go: rules refer to the lists. */
export const FAMILIES = ['advanced-settings', 'value-list', 'exception-list', 'timeline', 'detection-rule'] as const;
export type FamilyType = (typeof FAMILIES)[number];

export function isFamily(type: string): type is FamilyType {
  return FAMILIES.some((family) => family === type);
}

/** Fields that a server sets, and that say nothing about whether two are the same. */
export const SERVER_FIELDS: ReadonlySet<string> = new Set([
  ...['id', '_version', 'version', 'revision', 'tie_breaker_id', 'created_at', 'created_by', 'updated_at', 'updated_by', 'created', 'createdBy', 'updated', 'updatedBy'],
  ...['enabled', 'execution_summary', 'related_integrations', 'required_fields', 'setup', 'immutable', 'rule_source', 'savedObjectId', 'noteIds', 'pinnedEventIds', 'eventNotes', 'globalNotes'],
]);
