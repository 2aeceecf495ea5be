// The entry of a thread in a checkout, where threads run the sources as the process does: under Node.js 20 `--import tsx`
// of the process does not reach its threads.
import { register } from 'tsx/esm/api';

register();
await import('./copy-thread.ts');
