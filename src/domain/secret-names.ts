/** Names under which secrets are kept. Pure. */
const SECRET = /(secret|password|passwd|token|credential|access_?key|api_?key|authorization|private_?key)/i;

/** Whether a text names, or holds a name of, something that is not to be shown. */
export function looksSecret(text: string): boolean {
  return SECRET.test(text);
}
