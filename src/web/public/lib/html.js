/** JSX without a compiler: texts in a template become text nodes, never markup. */
import htm from 'htm';
import { h } from 'preact';

export const html = htm.bind(h);
