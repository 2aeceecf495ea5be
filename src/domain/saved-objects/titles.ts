/** Titles of data views, which name indices, follow the renaming of the indices. Pure. */

/**
 * Renames each part of a title such as `logs-*,-logs-debug*`. Parts of other clusters (`remote:logs-*`) stay: their
 * indices were not renamed.
 */
export function renameTitle(title: string, rename: (name: string) => string): string {
  return title
    .split(',')
    .map((part) => {
      const [, before = '', exclusion = '', name = '', after = ''] = /^(\s*)(-?)(.*?)(\s*)$/.exec(part) ?? [];
      return name === '' || name.includes(':') ? part : `${before}${exclusion}${rename(name)}${after}`;
    })
    .join(',');
}
