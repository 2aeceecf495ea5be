/** Fields of a form, each with its label, its help and its error, tied together for screen readers. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { html } from '../lib/html.js';

/** @typedef {import('../logic/request-form.js').FormFields} FormFields */
/**
 * @typedef {object} FieldProps
 * @property {FormFields} fields
 * @property {Record<string, string>} errors
 * @property {(change: Partial<FormFields>) => void} set
 * @property {keyof FormFields} name
 * @property {string} label
 * @property {string} help
 */

/** @param {Pick<FieldProps, 'errors' | 'name'>} props */
function attributes({ errors, name }) {
  return { id: `field-${name}`, name, 'aria-describedby': `help-${name}`, 'aria-invalid': errors[name] === undefined ? undefined : 'true' };
}

/** @param {Pick<FieldProps, 'errors' | 'name' | 'help'>} props */
function Help({ errors, name, help }) {
  const error = errors[name];
  return html`<span id=${`help-${name}`} class=${error === undefined ? 'faint small' : 'field-error'}>${error ?? help}</span>`;
}

/** @param {FieldProps & { rows?: number, type?: string, placeholder?: string }} props */
export function Text(props) {
  const { fields, set, name, label, rows, type = 'text', placeholder } = props;
  const onInput = (/** @type {any} */ event) => set({ [name]: event.currentTarget.value });
  const common = { ...attributes(props), value: String(fields[name]), placeholder, onInput, spellcheck: false, autocomplete: 'off' };
  return html`
    <div class="field">
      <label class="field-label" for=${`field-${name}`}>${label}</label>
      ${rows === undefined ? html`<input type=${type} ...${common} />` : html`<textarea rows=${rows} ...${common}></textarea>`}
      <${Help} ...${props} />
    </div>
  `;
}

/** @param {FieldProps & { options: readonly (string | { value: string, label: string })[], any?: string }} props */
export function Pick(props) {
  const { fields, set, name, label, options, any } = props;
  const value = String(fields[name]);
  const all = options.map((option) => (typeof option === 'string' ? { value: option, label: option } : option));
  return html`
    <div class="field">
      <label class="field-label" for=${`field-${name}`}>${label}</label>
      <select ...${attributes(props)} value=${value} onChange=${(/** @type {any} */ event) => set({ [name]: event.currentTarget.value })}>
        ${any !== undefined && html`<option value="" selected=${value === ''}>${any}</option>`}
        ${all.map((option) => html`<option value=${option.value} selected=${option.value === value}>${option.label}</option>`)}
      </select>
      <${Help} ...${props} />
    </div>
  `;
}

/** @param {FieldProps} props */
export function Check(props) {
  const { fields, set, name, label } = props;
  return html`
    <div class="check">
      <input type="checkbox" ...${attributes(props)} checked=${fields[name] === true} onChange=${(/** @type {any} */ event) => set({ [name]: event.currentTarget.checked })} />
      <div><label for=${`field-${name}`}>${label}</label><${Help} ...${props} /></div>
    </div>
  `;
}
