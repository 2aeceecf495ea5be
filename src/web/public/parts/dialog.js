/** A question that must be answered before anything happens. Escape and the first button always mean no. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { asApiError } from '../lib/api.js';
import { html } from '../lib/html.js';
import { Button, Problem } from './basics.js';

/**
 * @param {{ title: string, confirm: string, decline?: string, kind?: 'main' | 'danger', onConfirm: () => Promise<unknown>, onClose: () => void, children?: unknown }} props
 */
export function Dialog({ title, confirm, decline = 'Go back', kind = 'main', onConfirm, onClose, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [error, setError] = useState(/** @type {import('../lib/api.js').ApiError | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const go = async () => {
    try {
      await onConfirm();
      onClose();
    } catch (cause) {
      setError(asApiError(cause));
    }
  };
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
  };
  return html`
    <dialog ref=${dialog} class="dialog" aria-labelledby=${id} onCancel=${cancel}>
      <h2 id=${id}>${title}</h2>
      <div class="dialog-body">${children}<${Problem} error=${error} /></div>
      <div class="dialog-buttons">
        <${Button} onClick=${onClose} name="decline">${decline}<//>
        <${Button} kind=${kind} onClick=${go} name="confirm">${confirm}<//>
      </div>
    </dialog>
  `;
}
