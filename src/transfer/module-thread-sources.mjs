// The entry of the thread in a checkout: lets it load the sources in TypeScript. Not in a build.
import { register } from 'tsx/esm/api';

register();
await import('./module-thread.ts');
