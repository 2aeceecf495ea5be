import { describe, expect, it } from 'vitest';
import type { RepositoryFacts } from '../../../src/domain/preflight/facts.js';
import { checkRepository } from '../../../src/domain/preflight/repository-checks.js';

const repository = (change: Partial<RepositoryFacts>): RepositoryFacts => ({ name: 'moving', type: 'fs', uuid: 'u1', isReadOnly: false, settings: { location: '/mnt/a' }, ...change });
const errors = (...args: Parameters<typeof checkRepository>): string[] =>
  checkRepository(...args)
    .filter((item) => item.severity === 'error')
    .map((item) => `${item.code} ${item.subject}`);

describe('repository in preflight', () => {
  it('a new one needs type and settings', () => {
    expect(errors({ name: 'moving' }, [], [])).toEqual(['RepositoryMissing repository']);
    expect(errors({ name: 'moving', type: 'fs', settings: { location: '/mnt/a' } }, [], [])).toEqual([]);
  });
  it('a registered one is reused, unless the request contradicts it', () => {
    expect(errors({ name: 'moving' }, [repository({})], [])).toEqual([]);
    expect(errors({ name: 'moving', type: 's3' }, [repository({})], [])).toEqual(['RepositoryDiffers repository.type']);
    expect(errors({ name: 'moving', settings: { location: '/mnt/b' } }, [repository({})], [])).toEqual(['RepositoryDiffers repository.settings.location']);
  });
  it('a registration for writing at the target is a second writer, under any name', () => {
    expect(errors({ name: 'moving' }, [repository({})], [repository({})])).toEqual(['RepositoryHasOtherWriter repository']);
    expect(errors({ name: 'moving' }, [repository({})], [repository({ name: 'other', uuid: null, settings: { location: '/mnt/a/' } })])).toEqual(['RepositoryHasOtherWriter repository']);
    expect(errors({ name: 'moving' }, [repository({})], [repository({ name: 'other', settings: { location: 'elsewhere' } })])).toEqual(['RepositoryHasOtherWriter repository']);
    expect(errors({ name: 'moving', type: 'fs', settings: { location: '/mnt/a' } }, [], [repository({ name: 'other' })])).toEqual(['RepositoryHasOtherWriter repository']);
  });
  it('a read-only registration at the target is fine if it is the same place', () => {
    expect(errors({ name: 'moving' }, [repository({})], [repository({ isReadOnly: true })])).toEqual([]);
    expect(errors({ name: 'moving' }, [repository({})], [repository({ isReadOnly: true, uuid: 'u2' })])).toEqual(['RepositoryNotShared repository']);
  });
  it('another repository of the target elsewhere is no concern', () => {
    expect(errors({ name: 'moving' }, [repository({})], [repository({ name: 'backup', uuid: 'u9', settings: { location: '/mnt/backup' } })])).toEqual([]);
  });
});
