/** What the documentation says that a machine can check: generated parts, links, names of settings and scripts. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { withPart } from '../../scripts/marked-part.js';
import { ERROR_PAGE, renderErrors } from '../../scripts/write-error-docs.js';
import { OPTION_PAGES, renderOptions } from '../../scripts/write-option-docs.js';
import { SETTING_NAMES } from '../../src/config/settings.js';

const PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => path.join('docs', file))];

const scripts = Object.keys(z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync('package.json', 'utf8'))).scripts);

/** As GitHub makes anchors of headings. */
function anchors(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

describe('the documentation', () => {
  it.each<readonly [string, string, string, string]>([
    ['error codes', ERROR_PAGE, 'errors', renderErrors()],
    ...OPTION_PAGES.map(([page, request]) => ['options', page, 'options', renderOptions(request)] as const),
  ])('%s are those of the code (npm run docs writes them)', (_what, file, name, part) => {
    const page = readFileSync(file, 'utf8');
    expect(page).toBe(withPart(page, name, part));
  });

  it.each(PAGES)('%s: every link leads somewhere', (file) => {
    const page = readFileSync(file, 'utf8');
    for (const [, link = ''] of page.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [target = '', anchor] = link.split('#');
      const other = target === '' ? file : path.join(path.dirname(file), target);
      expect(existsSync(other), link).toBe(true);
      if (anchor !== undefined) expect(anchors(readFileSync(other, 'utf8')), link).toContain(anchor);
    }
  });

  it.each(PAGES)('%s: settings and scripts exist', (file) => {
    const page = readFileSync(file, 'utf8');
    const settings = [...page.matchAll(/GODWIT_[A-Z_]*[A-Z]/g)].map(([name]) => name);
    expect(settings.filter((name) => !SETTING_NAMES.some((known) => known === name))).toEqual([]);
    const named = [...page.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => name === undefined || !scripts.includes(name))).toEqual([]);
  });
});
