import { describe, expect, it } from 'vitest';
import { cacheFolder } from '../../../src/dev/cache.js';

describe('cache folder', () => {
  it('follows XDG_CACHE_HOME, for root too', () => {
    expect(cacheFolder({ xdgCacheHome: '/x', uid: 0, home: '/root' })).toBe('/x/godwit');
  });

  it('of root is one that the servers\' own user can read', () => {
    expect(cacheFolder({ xdgCacheHome: undefined, uid: 0, home: '/root' })).toBe('/var/cache/godwit');
  });

  it('of anyone else is in the home folder; an empty XDG_CACHE_HOME is none', () => {
    expect(cacheFolder({ xdgCacheHome: '', uid: 1000, home: '/home/ada' })).toBe('/home/ada/.cache/godwit');
  });
});
