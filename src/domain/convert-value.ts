/** Converts one JSON scalar, given and answered as its text, without loss. Pure. */

export type ScalarKind = 'string' | 'integer' | 'float' | 'boolean';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** A larger exponent would write out more zeros than anybody means. */
const MAX_EXPONENT = 400;

/** @param text a string with its quotes, a number, `true`, `false`. @returns null if it cannot be converted exactly */
export function convertScalar(text: string, to: ScalarKind): string | null {
  const isString = text.startsWith('"');
  if (to === 'string') return isString ? text : `"${text}"`;
  const content = isString ? (JSON.parse(text) as string).trim() : text;
  if (to === 'boolean') return content === 'true' || content === '1' ? 'true' : content === 'false' || content === '0' ? 'false' : null;
  const plain = content.replace(/^\+/, '');
  if (to === 'float') return NUMBER.test(plain) ? plain : null;
  return integerOf(plain);
}

function integerOf(text: string): string | null {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const power = Number(exponent);
  if (whole === '' || Math.abs(power) > MAX_EXPONENT) return null;
  const digits = whole + fraction;
  const point = whole.length + power;
  const [before, after] = [digits.slice(0, Math.max(0, point)).padEnd(Math.max(0, point), '0'), point < 0 ? digits : digits.slice(point)];
  if (/[^0]/.test(after)) return null;
  const value = BigInt(before === '' ? '0' : before).toString();
  return value === '0' ? '0' : sign + value;
}
