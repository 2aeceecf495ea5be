/**
 * docker-compose.yml and what goes with it, checked without Docker: its shape by the Compose specification's schema
 * (dclint carries it), and what no schema sees by hand.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConnectionsFile } from '../../src/config/connections-file.js';
import { SETTING_NAMES, loadSettings } from '../../src/config/settings.js';
import { godwitVersion } from '../../src/cli/version.js';
import { makeCertificate } from './support/certificate.js';

const ServiceSchema = z.object({
  image: z.string(),
  profiles: z.array(z.string()).default([]),
  build: z.string().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  ports: z.array(z.string()).default([]),
  healthcheck: z.unknown().optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const ComposeSchema = z.object({
  services: z.record(z.string(), ServiceSchema),
  volumes: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.unknown()),
});

const text = readFileSync('docker-compose.yml', 'utf8');
const compose = ComposeSchema.parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);

/** Names that .env.example lists. */
const documented = readFileSync('.env.example', 'utf8')
  .split('\n')
  .flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);

/** As Compose does it, with a value for everything that .env has to set. */
function interpolated(environment: Record<string, string>): Record<string, string> {
  const values: Record<string, string> = { ...Object.fromEntries(documented.map((name) => [name, `value-of-${name.toLowerCase()}`])), PAYLOAD_KEY: Buffer.alloc(32).toString('base64') };
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value.replace(/\$\{([A-Z_]+)[^}]*\}/g, (_whole, key: string) => values[key] ?? '')]));
}

const folder = mkdtempSync(path.join(tmpdir(), 'godwit-compose-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('docker-compose.yml', () => {
  it('is what the Compose specification allows', { timeout: 60_000 }, () => {
    const { stdout } = spawnSync(process.execPath, ['node_modules/dclint/bin/dclint.cjs', '--formatter', 'json', 'docker-compose.yml'], { encoding: 'utf8' });
    const messages = z
      .array(z.object({ messages: z.array(z.object({ rule: z.string(), message: z.string() })) }))
      .parse(JSON.parse(stdout))
      .flatMap((result) => result.messages);
    // Its other rules are a matter of taste; that it has spoken of them shows that it has read the file.
    expect(messages).not.toEqual([]);
    expect(messages.filter(({ rule }) => rule === 'invalid-schema' || rule === 'invalid-yaml')).toEqual([]);
  });

  it.each(services)('%s: the image has a full version', (_name, { image }) => {
    expect(image).toMatch(/^[a-z0-9/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  });

  it('builds the version of package.json', () => {
    expect(new Set(ours.map(([, { image }]) => image))).toEqual(new Set([`godwit:${godwitVersion()}`]));
  });

  it('refers only to volumes, networks, files and services that there are', () => {
    for (const [name, service] of services) {
      for (const network of service.networks) expect(compose.networks, name).toHaveProperty([network]);
      for (const volume of service.volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(() => readFileSync(source), `${name}: ${source}`).not.toThrow();
        else expect(compose.volumes, name).toHaveProperty([source]);
      }
      for (const [other, { condition }] of Object.entries(service.depends_on)) {
        expect(compose.services, name).toHaveProperty([other]);
        const hasHealth = compose.services[other]?.healthcheck !== undefined;
        if (condition === 'service_healthy') expect(hasHealth, `${name} waits for the health of ${other}`).toBe(true);
        // A service without a profile must not wait for one that is not started by default.
        if (service.profiles.length === 0) expect(compose.services[other]?.profiles, `${name} waits for ${other}`).toEqual([]);
      }
    }
    const used = services.flatMap(([, service]) => service.volumes.map((volume) => volume.split(':')[0]));
    for (const volume of Object.keys(compose.volumes)) expect(used).toContain(volume);
  });

  it('publishes every port once, on this machine only', () => {
    const published = services.flatMap(([, service]) => service.ports);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(new Set(published.map((port) => port.split(':')[1])).size).toBe(published.length);
  });

  it('fails with a message for everything that .env has to set, and .env.example lists exactly that, empty', () => {
    const references = [...text.matchAll(/\$\{([A-Z_]+)([^}]*)\}/g)];
    for (const [whole, name, rest] of references) expect(rest, whole).toBe(`:?set ${name ?? ''} in .env, see .env.example`);
    expect(new Set(documented)).toEqual(new Set(references.map(([, name]) => name)));
    expect(readFileSync('.env.example', 'utf8')).not.toMatch(/^[A-Z_]+=.+$/m);
  });

  it('gives Godwit only settings that it knows, and ones that it accepts', () => {
    const names = services.flatMap(([, service]) => Object.keys(service.environment)).filter((name) => name.startsWith('GODWIT_'));
    expect(names.filter((name) => !SETTING_NAMES.some((known) => known === name))).toEqual([]);
    expect(ours.map(([name]) => name)).toEqual(['api', 'worker']);
    for (const [name, { command, environment }] of ours) {
      expect(command).toEqual([name]);
      const settings = loadSettings(interpolated(environment), name === 'api' ? 'api' : 'worker');
      expect(settings.databaseUrl?.reveal()).toContain('@store:5432/');
      expect(settings.encryptionKeys).toHaveLength(1);
      if (name === 'api') expect(settings.tokens.map(({ role }) => role)).toEqual(['viewer', 'operator', 'admin']);
    }
  });

  it('has a connections file that Godwit reads, with the environment and the certificate of the containers', () => {
    const ca = path.join(folder, 'ca.crt');
    writeFileSync(ca, makeCertificate());
    const file = path.join(folder, 'connections.yaml');
    writeFileSync(file, readFileSync('deploy/compose/connections.yaml', 'utf8').replaceAll('/trust/ca.crt', ca));
    for (const [name, { environment, volumes }] of ours) {
      const { connections } = readConnectionsFile(file, interpolated(environment));
      expect([...connections.keys()], name).toEqual(['source', 'target']);
      for (const { config } of connections.values()) expect(compose.services).toHaveProperty([new URL(config.elasticsearch.urls[0] ?? '').hostname]);
      expect(volumes).toContain('trust:/trust:ro');
    }
  });
});
