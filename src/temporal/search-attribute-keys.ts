/**
 * The search attributes of a migration, by which lists are made.
 *
 * Imports nothing but @temporalio/common, so that workflows can use it.
 */
import { defineSearchAttributeKey } from '@temporalio/common';

export const GODWIT_TYPE = defineSearchAttributeKey('GodwitType', 'KEYWORD');
export const GODWIT_STATUS = defineSearchAttributeKey('GodwitStatus', 'KEYWORD');
export const GODWIT_SOURCE = defineSearchAttributeKey('GodwitSource', 'KEYWORD');
export const GODWIT_TARGET = defineSearchAttributeKey('GodwitTarget', 'KEYWORD');

/** RFC 3339 UTC with milliseconds, which sorts as text. Lists go by it: StartTime is that of the latest run only. */
export const GODWIT_CREATED_AT = defineSearchAttributeKey('GodwitCreatedAt', 'KEYWORD');

export const SEARCH_ATTRIBUTE_KEYS = [GODWIT_TYPE, GODWIT_STATUS, GODWIT_SOURCE, GODWIT_TARGET, GODWIT_CREATED_AT] as const;
