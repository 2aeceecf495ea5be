/**
 * A module of a user in QuickJS, compiled to WebAssembly: it reaches nothing but the document that it is given.
 *
 * No files, no network, no process, no time of day, no imports. Its memory is bounded here; how long it may take is
 * watched from outside of the thread, since not every call into the engine can be interrupted.
 */
import { newQuickJSWASMModuleFromVariant, type QuickJSContext, type QuickJSHandle, type QuickJSRuntime } from 'quickjs-emscripten-core';
import type { ModuleFailure, TransformModule } from './module-messages.js';
import { markNumbers, unmarkNumbers } from './module-numbers.js';
import { PRELUDE } from './module-prelude.js';

const MAX_WHY_CHARS = 300;
const LINE_FEED = 0x0a;
const OPEN_BRACE = 0x7b;

/** A document that the module did not change; says why. */
export class ModuleRefusal extends Error {
  readonly type: ModuleFailure['type'];

  constructor(type: ModuleFailure['type'], why: string) {
    super(why.length <= MAX_WHY_CHARS ? why : `${why.slice(0, MAX_WHY_CHARS - 1)}…`);
    this.name = 'ModuleRefusal';
    this.type = type;
  }
}

export class ModuleSandbox {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #name: string;
  readonly #run: QuickJSHandle;
  readonly #change: QuickJSHandle;

  private constructor(runtime: QuickJSRuntime, context: QuickJSContext, { name, text }: TransformModule) {
    this.#runtime = runtime;
    this.#context = context;
    this.#name = name;
    this.#run = this.#unwrap(context.evalCode(PRELUDE, 'godwit.js'));
    const exported = this.#unwrap(context.evalCode(text, name, { type: 'module' }));
    if (context.getPromiseState(exported).type === 'pending') throw new ModuleRefusal('transform_failed', 'it waits for something before it can be used');
    this.#change = context.getProp(exported, 'default');
    exported.dispose();
    if (context.typeof(this.#change) !== 'function') throw new ModuleRefusal('transform_failed', 'it has no function as default export: export default function (document) { return document; }');
  }

  /** @throws ModuleRefusal if the module cannot be used */
  static async open(module: TransformModule, memoryBytes: number): Promise<ModuleSandbox> {
    const engine = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
    const runtime = engine.newRuntime();
    runtime.setMemoryLimit(memoryBytes);
    return new ModuleSandbox(runtime, runtime.newContext(), module);
  }

  /** @throws ModuleRefusal */
  change(document: Buffer): Buffer {
    const context = this.#context;
    const marked = markNumbers(document);
    const handle = context.newString(marked.toString('utf8'));
    try {
      const changed = this.#unwrap(context.callFunction(this.#run, context.undefined, this.#change, handle, marked === document ? context.false : context.true));
      const text = Buffer.from(context.getString(changed));
      changed.dispose();
      // A request is read by lines: nothing that a module makes may look like another line.
      if (text[0] !== OPEN_BRACE || text.includes(LINE_FEED)) throw new ModuleRefusal('transform_failed', 'it made no document');
      return unmarkNumbers(text);
    } finally {
      handle.dispose();
    }
  }

  #unwrap(result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
    if (result.error === undefined) return result.value;
    const error: unknown = this.#context.dump(result.error);
    result.error.dispose();
    throw this.#refusalOf(error);
  }

  #refusalOf(error: unknown): ModuleRefusal {
    const isError = typeof error === 'object' && error !== null;
    const [name, message, stack] = ['name', 'message', 'stack'].map((part) => (isError && part in error ? String(Object.entries(error).find(([key]) => key === part)?.[1]) : ''));
    const where = new RegExp(`${this.#name.replaceAll('.', '\\.')}:\\d+(?::\\d+)?`).exec(stack ?? '')?.[0];
    if (message === 'out of memory' || error === null) return new ModuleRefusal('transform_out_of_memory', 'it needs more memory than it may have');
    return new ModuleRefusal('transform_failed', `${isError ? `${name ?? ''}: ${message ?? ''}` : `it threw ${JSON.stringify(error)}`}${where === undefined ? '' : ` (${where})`}`);
  }

  dispose(): void {
    this.#change.dispose();
    this.#run.dispose();
    this.#context.dispose();
    this.#runtime.dispose();
  }
}
