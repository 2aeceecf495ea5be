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

/** Only when it is asked for by name, and no less than JSON: a browser or curl gets JSON. */
function prefers(wanted: string, accept: string | undefined): boolean {
  const asked = ranges(accept ?? '');
  const quality = (type: string): number => asked.find((range) => range.type === type)?.quality ?? 0;
  return quality(wanted) > 0 && quality(wanted) >= quality('application/json');
}

export function prefersMarkdown(accept: string | undefined): boolean {
  return prefers('text/markdown', accept);
}

export function prefersNdjson(accept: string | undefined): boolean {
  return prefers('application/x-ndjson', accept);
}
