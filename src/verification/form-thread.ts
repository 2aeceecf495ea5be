/** The entry of a thread that brings large documents into the form in which they are compared; `form-aside.ts` starts it. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import type { Formed, ToForm } from './form-aside.js';
import { FORMS } from './forms.js';

function serve(port: MessagePort): void {
  port.on('message', ({ number, form, source }: ToForm) => {
    const document = Buffer.from(source.buffer, source.byteOffset, source.length);
    const formed = Uint8Array.from(FORMS[form]?.(document) ?? document);
    const answer: Formed = { number, formed };
    port.postMessage(answer, [formed.buffer]);
  });
}

if (parentPort === null) throw new Error('this file is the entry of a thread');
serve(parentPort);
