/** Numbers of JSON as what they say, without rounding. Pure. */

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The same text for the same value: `1.0`, `1` and `10e-1` are `1e0`, `9007199254740993` keeps all its digits.
 *
 * @param literal a number as JSON has it
 */
export function canonicalNumber(literal: string): string {
  const match = NUMBER.exec(literal);
  if (match === null) return literal;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${String(BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length))}`;
}

/** Whether Elasticsearch reads it as a double, which may round it, when it writes a document anew. */
export function isFloating(literal: string): boolean {
  return /[.eE]/.test(literal);
}

/**
 * What is left of a number when Elasticsearch has written a document anew: a fraction or exponent goes through a double,
 * and beyond its range becomes a text; integers keep every digit.
 *
 * @returns canonical, in quotes if it became a text
 */
export function rewrittenNumber(literal: string): string {
  if (!isFloating(literal)) return canonicalNumber(literal);
  const value = Number(literal);
  return Number.isFinite(value) ? canonicalNumber(String(value)) : JSON.stringify(String(value));
}
