/** The one HTML page, with the import map that tells the browser where the libraries are. */
import { createHash } from 'node:crypto';
import { VENDOR_MODULES } from './assets.js';

export interface ImportMap {
  readonly json: string;
  /** For the content security policy: browsers take an import map only from the page itself. */
  readonly hash: string;
}

export function importMap(): ImportMap {
  const imports = Object.fromEntries(VENDOR_MODULES.map(({ specifier, path }) => [specifier, path]));
  const json = JSON.stringify({ imports });
  return { json, hash: `sha256-${createHash('sha256').update(json).digest('base64')}` };
}

export function renderPage({ json }: ImportMap): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Godwit</title>
<link rel="icon" href="/assets/godwit.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/vendor/uplot.css">
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/assets/parts.css">
<link rel="stylesheet" href="/assets/pages.css">
<script type="importmap">${json}</script>
<script type="module" src="/assets/main.js"></script>
</head>
<body>
<div id="app"></div>
<noscript><p class="noscript">The dashboard needs JavaScript. Without it, use the command line (<code>godwit list</code>) or the <a href="/docs">HTTP API</a>.</p></noscript>
</body>
</html>
`;
}
