/** The entry of a thread in which one module of a user changes documents; `module-runner.ts` starts it and watches it. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { fromBatch, toBatch, type Batch, type FromModule, type ModuleFailure, type ToModule } from './module-messages.js';
import { ModuleRefusal, ModuleSandbox } from './module-sandbox.js';

// The engine in the sandbox asks this for its time zone: the same on every machine.
Date.prototype.getTimezoneOffset = () => 0;

const NOTHING = new Uint8Array(0);

class Server {
  readonly #tell: (message: FromModule, transfer?: readonly ArrayBuffer[]) => void;
  #load: Extract<ToModule, { kind: 'load' }> | null = null;
  #sandbox: ModuleSandbox | null = null;

  constructor(port: MessagePort) {
    this.#tell = (message, transfer = []) => port.postMessage(message, [...transfer]);
  }

  async receive(message: ToModule): Promise<void> {
    if (message.kind === 'run') return this.#run(message.batch);
    this.#load = message;
    try {
      this.#sandbox = await ModuleSandbox.open(message.module, message.memoryBytes);
      this.#tell({ kind: 'loaded' });
    } catch (error) {
      this.#tell({ kind: 'unusable', why: refusalOf(error).message });
    }
  }

  async #run(batch: Batch): Promise<void> {
    const failures: (ModuleFailure & { at: number })[] = [];
    const changed: Uint8Array[] = [];
    for (const [at, document] of fromBatch(batch).entries()) {
      const load = this.#load;
      if (load === null) throw new Error('nothing was loaded');
      Atomics.store(load.progress, 0, at);
      try {
        this.#sandbox ??= await ModuleSandbox.open(load.module, load.memoryBytes);
        changed.push(this.#sandbox.change(document));
      } catch (error) {
        const refusal = refusalOf(error);
        failures.push({ at, type: refusal.type, why: refusal.message });
        changed.push(NOTHING);
        // What an engine is worth that has run out of memory, or has failed itself, nobody knows.
        if (refusal.type === 'transform_out_of_memory' || !(error instanceof ModuleRefusal)) this.#sandbox = null;
      }
    }
    const answer = toBatch(changed);
    this.#tell({ kind: 'changed', batch: answer, failures }, [answer.bytes.buffer]);
  }
}

function refusalOf(error: unknown): ModuleRefusal {
  return error instanceof ModuleRefusal ? error : new ModuleRefusal('transform_failed', `the engine failed: ${error instanceof Error ? error.message : String(error)}`);
}

if (parentPort === null) throw new Error('this file is the entry of a thread');
const server = new Server(parentPort);
parentPort.on('message', (message: ToModule) => void server.receive(message));
