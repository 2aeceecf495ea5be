import { mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectionRegistry } from '../../../src/config/connections.js';
import { ConnectionsFileError } from '../../../src/config/connections-file.js';

const open: ConnectionRegistry[] = [];
afterEach(() => {
  for (const registry of open.splice(0)) registry.close();
});

const folder = (): string => mkdtempSync(join(tmpdir(), 'godwit-registry-'));
const yaml = (password: string, name = 'old'): string =>
  `connections: { ${name}: { kind: self-managed, elasticsearch: { url: "http://h:9200", auth: { username: u, password: "${password}" } } } }`;

function start(path: string, allowMissing = false) {
  const log = { info: vi.fn(), warn: vi.fn() };
  const registry = ConnectionRegistry.open(path, { log, allowMissing, env: {} });
  open.push(registry);
  return { registry, log };
}

const passwordOf = (registry: ConnectionRegistry): string => {
  const { auth } = registry.get('old').elasticsearch;
  return auth?.type === 'basic' ? auth.password.reveal() : '';
};

describe('ConnectionRegistry', () => {
  it('gives connections by name and suggests the right one for a wrong one', () => {
    const path = join(folder(), 'connections.yaml');
    writeFileSync(path, yaml('first-password', 'production'));
    const { registry } = start(path);
    expect(registry.names()).toEqual(['production']);
    expect(Object.isFrozen(registry.get('production'))).toBe(true);
    expect(() => registry.get('prodution')).toThrow(/no connection "prodution" \(did you mean "production"\?\)/);
  });

  it('takes a file that is replaced by rename, and keeps the old secret known', async () => {
    const place = folder();
    const path = join(place, 'connections.yaml');
    writeFileSync(path, yaml('first-password'));
    const { registry } = start(path);
    const revision = registry.get('old').revision;
    const changes: (readonly string[])[] = [];
    registry.onChange((changed) => changes.push(changed));
    writeFileSync(join(place, 'new'), yaml('second-password'));
    renameSync(join(place, 'new'), path);
    await vi.waitFor(() => expect(passwordOf(registry)).toBe('second-password'), 5_000);
    expect(registry.get('old').revision).not.toBe(revision);
    expect(changes).toEqual([['old']]);
    expect([...registry.secrets()]).toEqual(expect.arrayContaining(['first-password', 'second-password']));
  });

  it('takes a swapped symbolic link, as Kubernetes mounts secrets', async () => {
    const place = folder();
    for (const version of ['v1', 'v2']) {
      mkdirSync(join(place, version));
      writeFileSync(join(place, version, 'connections.yaml'), yaml(`password-${version}`));
    }
    symlinkSync('v1', join(place, '..data'));
    symlinkSync(join('..data', 'connections.yaml'), join(place, 'connections.yaml'));
    const { registry } = start(join(place, 'connections.yaml'));
    expect(passwordOf(registry)).toBe('password-v1');
    symlinkSync('v2', join(place, '..data_tmp'));
    renameSync(join(place, '..data_tmp'), join(place, '..data'));
    await vi.waitFor(() => expect(passwordOf(registry)).toBe('password-v2'), 5_000);
  });

  it('takes a change of a file that is referred to', async () => {
    const place = folder();
    writeFileSync(join(place, 'secret'), 'first-password\n');
    writeFileSync(join(place, 'connections.yaml'), yaml('${file:secret}'));
    const { registry } = start(join(place, 'connections.yaml'));
    writeFileSync(join(place, 'secret'), 'second-password\n');
    await vi.waitFor(() => expect(passwordOf(registry)).toBe('second-password'), 5_000);
  });

  it('keeps the last valid version when the new one is broken, and says so once', async () => {
    const path = join(folder(), 'connections.yaml');
    writeFileSync(path, yaml('first-password'));
    const { registry, log } = start(path);
    const before = registry.get('old');
    writeFileSync(path, 'connections: [');
    await vi.waitFor(() => expect(log.warn).toHaveBeenCalled(), 5_000);
    registry.reload();
    registry.reload();
    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(registry.get('old')).toBe(before);
    writeFileSync(path, yaml('third-password'));
    await vi.waitFor(() => expect(passwordOf(registry)).toBe('third-password'), 5_000);
  });

  it('a connection that a reload does not touch keeps its revision', () => {
    const path = join(folder(), 'connections.yaml');
    writeFileSync(path, yaml('first-password'));
    const { registry } = start(path);
    const before = registry.get('old');
    writeFileSync(path, `${yaml('first-password')}\n# a comment`);
    registry.reload();
    expect(registry.get('old')).toBe(before);
  });

  it('a missing file is an error, unless it may come later', async () => {
    const path = join(folder(), 'connections.yaml');
    expect(() => start(path)).toThrow(ConnectionsFileError);
    const { registry, log } = start(path, true);
    expect(registry.names()).toEqual([]);
    expect(log.warn).toHaveBeenCalledTimes(1);
    writeFileSync(path, yaml('first-password'));
    await vi.waitFor(() => expect(registry.names()).toEqual(['old']), 5_000);
  });
});
