/** Search attributes on a real Temporal server, each test in a namespace of its own. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { GodwitError } from '../../src/domain/errors.js';
import { temporal } from '../../src/temporal/proto.js';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes.js';
import { GODWIT_STATUS, GODWIT_TYPE, SEARCH_ATTRIBUTE_KEYS } from '../../src/temporal/search-attribute-keys.js';

const { INDEXED_VALUE_TYPE_KEYWORD: KEYWORD, INDEXED_VALUE_TYPE_INT: INT } = temporal.api.enums.v1.IndexedValueType;

let connection: Connection;

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('servers').temporal.address });
});
afterAll(() => connection.close());

/** A namespace without any attribute. The server takes some seconds to know a new one everywhere. */
async function newNamespace(): Promise<string> {
  const namespace = `attributes-${randomUUID()}`;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  await expect.poll(() => connection.operatorService.listSearchAttributes({ namespace }).then(() => true, () => false), { timeout: 30_000, interval: 500 }).toBe(true);
  return namespace;
}

async function registered(namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.keys(customAttributes).filter((name) => name.startsWith('Godwit')).sort();
}

it('registers them where they are missing, from several processes at once, and again', async () => {
  const namespace = await newNamespace();
  expect(await registered(namespace)).toEqual([]);
  await Promise.all([1, 2, 3].map(() => ensureSearchAttributes(connection, namespace)));
  await ensureSearchAttributes(connection, namespace);
  expect(await registered(namespace)).toEqual(SEARCH_ATTRIBUTE_KEYS.map((key) => key.name).sort());
});

it('adds only what is missing, and workflows can be started and found by them at once', async () => {
  const namespace = await newNamespace();
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { GodwitType: KEYWORD } });
  await ensureSearchAttributes(connection, namespace);
  const client = new Client({ connection, namespace });
  const handle = await client.workflow.start('nobody', {
    taskQueue: `none-${randomUUID()}`,
    workflowId: randomUUID(),
    typedSearchAttributes: [
      { key: GODWIT_TYPE, value: 'snapshot-restore' },
      { key: GODWIT_STATUS, value: 'running' },
    ],
  });
  const query = `GodwitType = 'snapshot-restore' AND GodwitStatus = 'running'`;
  await expect.poll(async () => (await client.workflow.count(query)).count, { timeout: 20_000 }).toBe(1);
  await handle.terminate();
});

it('says what to do when an attribute has another type', async () => {
  const namespace = await newNamespace();
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { GodwitType: INT } });
  await expect(ensureSearchAttributes(connection, namespace)).rejects.toSatisfy(
    (error) => error instanceof GodwitError && error.code === 'TemporalUnavailable' && error.message.includes('GodwitType') && error.remedy.includes('Keyword'),
  );
});
