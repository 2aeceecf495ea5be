/** Which of two representations a caller prefers (RFC 9110, 12.5.1), for the two that there are. */

interface Range {
  readonly type: string;
  readonly quality: number;
}

function ranges(accept: string): Range[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const value = quality === undefined ? 1 : Number(quality.slice(2));
    return { type, quality: Number.isFinite(value) ? value : 0 };
  });
}

/** Only when Markdown is asked for by name, and no less than JSON: a browser or curl gets JSON. */
export function prefersMarkdown(accept: string | undefined): boolean {
  const asked = ranges(accept ?? '');
  const quality = (type: string): number => asked.find((range) => range.type === type)?.quality ?? 0;
  return quality('text/markdown') > 0 && quality('text/markdown') >= quality('application/json');
}
