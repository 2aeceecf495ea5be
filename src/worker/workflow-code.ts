/** Where the workflows' code comes from: sources are bundled at the start, a build has its bundle beside it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

/** @throws Error when a build has no bundle, which is a broken build */
export function workflowCode(): Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'> {
  if (import.meta.url.endsWith('.ts')) {
    return { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) };
  }
  // dist/src/worker/workflow-code.js -> dist/workflow-bundle.js, as scripts/after-build.mjs makes it.
  const codePath = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
  if (!existsSync(codePath)) {
    throw new Error(`${codePath} is missing; run npm run build`);
  }
  return { workflowBundle: { codePath } };
}
