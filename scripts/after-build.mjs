/**
 * Completes a build: copies what is no TypeScript, bundles the workflows, so that a worker starts without a bundler and
 * with the code that was tested, and makes the program executable.
 */
import { chmod, cp, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const dist = new URL('../dist/', import.meta.url);

// Folders and files beside the code, such as pages, styles and images; tsc has written the rest.
await cp(new URL('../src/', import.meta.url), new URL('src/', dist), { recursive: true, filter: (file) => !file.endsWith('.ts') });
const { code } = await bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL('src/workflows/index.js', dist)) });
await writeFile(new URL('workflow-bundle.js', dist), code);
await chmod(new URL('src/cli/main.js', dist), 0o755);
console.log(`dist/workflow-bundle.js: ${Math.round(code.length / 1024)} KB`);
