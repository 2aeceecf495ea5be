/** Replaces the part of a page that is generated and leaves what people wrote around it. */
import { readFileSync, writeFileSync } from 'node:fs';

/** @throws Error if the page lacks the marks `<!-- NAME: begin ... -->` and `<!-- NAME: end -->` */
export function withPart(page: string, name: string, part: string): string {
  const marks = new RegExp(`(<!-- ${name}: begin[^>]*-->\\n)[\\s\\S]*?(<!-- ${name}: end -->)`);
  if (!marks.test(page)) throw new Error(`the page has no marks for ${name}`);
  return page.replace(marks, (_whole, begin: string, end: string) => `${begin}\n${part.trim()}\n\n${end}`);
}

export function writePart(file: string, name: string, part: string): void {
  writeFileSync(file, withPart(readFileSync(file, 'utf8'), name, part));
}

/** Whether a module is the program that was started, and not imported by a test. */
export function isMain(moduleUrl: string): boolean {
  return process.argv[1] !== undefined && moduleUrl.endsWith(process.argv[1].split('/').slice(-2).join('/'));
}
