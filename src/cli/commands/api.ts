/** `godwit api`: the HTTP API and nothing else. */
import type { Settings } from '../../config/settings.js';
import { composeApi } from '../compose-api.js';
import { live, NEVER } from '../lifetime.js';
import { openResources } from '../resources.js';
import { joinTemporal } from '../temporal.js';

export async function runApi(settings: Settings): Promise<void> {
  await live(async ({ signal, onStop }) => {
    const resources = await openResources(settings);
    onStop('store', resources.close);
    const { log } = resources;
    const temporal = await joinTemporal(settings, log, signal);
    onStop('connection to Temporal', temporal.close);
    const api = await composeApi(resources, temporal);
    onStop('API', () => api.close());
    log.info({ url: api.url, temporal: temporal.address, namespace: temporal.namespace }, 'the API listens');
    return { log, failure: NEVER };
  });
}
