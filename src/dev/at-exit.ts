/**
 * Clean-up when this process ends: a normal end, an uncaught error, SIGINT, SIGTERM or SIGHUP.
 *
 * The clean-ups are synchronous because nothing asynchronous runs any more at that point. SIGKILL cannot be caught;
 * whoever starts servers keeps their process ids in files so that the next start finds the left-overs.
 */
const cleanUps = new Set<() => void>();
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
let isInstalled = false;

/**
 * Registers a clean-up for the end of this process.
 * @returns a function that takes it back, for what has been stopped in the ordinary way
 */
export function onProcessExit(cleanUp: () => void): () => void {
  install();
  cleanUps.add(cleanUp);
  return () => cleanUps.delete(cleanUp);
}

function install(): void {
  if (isInstalled) return;
  isInstalled = true;
  process.on('exit', () => {
    for (const cleanUp of cleanUps) {
      try {
        cleanUp();
      } catch {
        // The others still deserve their turn, and nobody is left to tell.
      }
    }
  });
  for (const [signal, number] of Object.entries(SIGNALS)) {
    const handler = (): void => {
      // A program with its own handler shuts down in its own time; 'exit' above still runs then.
      if (process.listenerCount(signal) === 1) process.exit(128 + number);
    };
    process.on(signal, handler);
  }
}
