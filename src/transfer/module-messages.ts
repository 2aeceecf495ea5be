/** What passes between a copy and the thread in which a module of a user runs: plain data only. */

/** A file with a function that changes documents. */
export interface TransformModule {
  readonly name: string;
  readonly text: string;
}

/** Documents one behind the other. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each ends. */
  readonly ends: Uint32Array;
}

export type ToModule =
  | {
      readonly kind: 'load';
      readonly module: TransformModule;
      /** Most memory that the module may have, bytes. */
      readonly memoryBytes: number;
      /** Number of the document that is being changed; -1: the module is being loaded. */
      readonly progress: Int32Array;
    }
  | { readonly kind: 'run'; readonly batch: Batch };

export interface ModuleFailure {
  /** As the dead letter names the cause. */
  readonly type: 'transform_failed' | 'transform_timeout' | 'transform_out_of_memory';
  readonly why: string;
}

export type FromModule =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'unusable'; readonly why: string }
  /** One that failed is empty in the batch. */
  | { readonly kind: 'changed'; readonly batch: Batch; readonly failures: readonly (ModuleFailure & { readonly at: number })[] };

export function toBatch(documents: readonly Uint8Array[]): Batch {
  const ends = new Uint32Array(documents.length);
  const bytes = new Uint8Array(documents.reduce((sum, document) => sum + document.length, 0));
  let end = 0;
  for (const [at, document] of documents.entries()) {
    bytes.set(document, end);
    end += document.length;
    ends[at] = end;
  }
  return { bytes, ends };
}

export function fromBatch({ bytes, ends }: Batch): Buffer[] {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return [...ends].map((end, at) => whole.subarray(at === 0 ? 0 : ends[at - 1], end));
}

/** Size of a document, bytes; 0 if there is none of that number. */
export function sizeIn({ ends }: Pick<Batch, 'ends'>, at: number): number {
  return (ends[at] ?? 0) - (at === 0 ? 0 : (ends[at - 1] ?? 0));
}
