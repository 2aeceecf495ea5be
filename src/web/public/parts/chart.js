/** Throughput and time left over time, drawn by uPlot. Its words are in the label, since a canvas says nothing. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { html } from '../lib/html.js';

/** @typedef {import('../logic/samples.js').Sample} Sample */

const HEIGHT = 180;

/** @param {string} name of a custom property @returns {string} */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** @param {HTMLElement} element @param {(value: number) => string} format @param {readonly number[]} steps @returns {any} */
function optionsFor(element, format, steps) {
  const ink = colour('--faint');
  const grid = { stroke: colour('--line'), width: 1 };
  const ticks = { show: false };
  const font = '11px system-ui, sans-serif';
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (/** @type {any} */ _chart, /** @type {number} */ _min, /** @type {number} */ max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      { stroke: ink, grid, ticks, font, size: 28, space: 80, values: (/** @type {any} */ _chart, /** @type {number[]} */ at) => at.map((seconds) => new Date(seconds * 1000).toTimeString().slice(0, 8)) },
      { stroke: ink, grid, ticks, font, size: 84, incrs: steps, values: (/** @type {any} */ _chart, /** @type {number[]} */ values) => values.map(format) },
    ],
    series: [{}, { stroke: colour('--accent'), width: 2, fill: colour('--accent-wash'), points: { show: false }, spanGaps: false }],
  };
}

/**
 * @param {{ samples: readonly Sample[], pick: (sample: Sample) => number | null, format: (value: number) => string, steps: readonly number[], label: string }} props
 */
export function Chart({ samples, pick, format, steps, label }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const chart = useRef(/** @type {any | null} */ (null));
  const data = [samples.map(({ atMs }) => atMs / 1000), samples.map(pick)];
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const draw = () => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsFor(element, format, steps), /** @type {any} */ (latest.current), element);
    };
    draw();
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const resized = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    scheme.addEventListener('change', draw);
    return () => {
      scheme.removeEventListener('change', draw);
      resized.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [format, steps]);

  useEffect(() => {
    chart.current?.setData(data);
  });
  return html`<div class="chart" ref=${box} role="img" aria-label=${label}></div>`;
}
