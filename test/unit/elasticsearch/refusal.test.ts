import { describe, expect, it } from 'vitest';
import { classifyRefusal } from '../../../src/elasticsearch/error-rules.js';

describe('a single document that was refused', () => {
  it.each([
    ['the flood stage', 'cluster_block_exception', 'index [a] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];', 'DiskFull', /read_only_allow_delete/],
    ['a write block', 'cluster_block_exception', 'index [a] blocked by: [FORBIDDEN/8/index write (api)];', 'ElasticsearchRejected', /Remove the block/],
    ['a shard that is away', 'unavailable_shards_exception', '[a][0] primary shard is not active', 'IndexUnhealthy', undefined],
    ['the target’s user', 'security_exception', 'action [indices:data/write/bulk[s]] is unauthorized for user [u] with roles [r] on indices [a], this action is granted by the index privileges [create_doc,write]', 'PrivilegeMissing', /write/],
  ])('because of %s', (_what, type, reason, code, remedy) => {
    const found = classifyRefusal(type, reason);
    expect(found?.code).toBe(code);
    if (remedy !== undefined) expect(found?.remedy).toMatch(remedy);
  });

  it.each([
    ['document_parsing_exception', "[1:9] failed to parse field [code] of type [long] in document with id 'd3'"],
    ['illegal_argument_exception', 'Limit of total fields [1000] has been exceeded'],
    ['strict_dynamic_mapping_exception', 'mapping set to strict, dynamic introduction of [a] within [_doc] is not allowed'],
    ['script_exception', 'runtime error'],
  ])('because of itself: %s', (type, reason) => {
    expect(classifyRefusal(type, reason)).toBeUndefined();
  });
});
