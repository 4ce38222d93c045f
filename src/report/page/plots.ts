import { element, svg } from './elements.js';

/** One line of a plot; points in order of x. */
export interface PlotLine {
  readonly label: string;
  readonly style: 'main' | 'second' | 'third';
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PlotPoint {
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

export interface PlotAxis {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly scale: 'linear' | 'log';
  readonly format: (value: number) => string;
}

const WIDTH = 460;
const HEIGHT = 230;
const LEFT = 52;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 38;

/** Lines over two axes, drawn in the page's own colours, with its key. */
export function linePlot(
  title: string,
  x: PlotAxis,
  y: PlotAxis,
  lines: readonly PlotLine[],
  points: readonly PlotPoint[] = [],
): HTMLElement {
  const xOf = (value: number): number => LEFT + share(x, value) * (WIDTH - LEFT - RIGHT);
  const yOf = (value: number): number =>
    HEIGHT - BOTTOM - share(y, value) * (HEIGHT - TOP - BOTTOM);
  const paths = lines.map(({ points: own, style }) =>
    svg('path', {
      class: `plot-line ${style}`,
      d: own
        .filter(([px]) => px <= x.max)
        .map(
          ([px, py], index) =>
            `${index === 0 ? 'M' : 'L'}${xOf(px).toFixed(1)} ${yOf(py).toFixed(1)}`,
        )
        .join(''),
    }),
  );
  const marks = points.flatMap(({ label, x: px, y: py }) => {
    const isRight = share(x, px) > 0.6;
    return [
      svg('circle', { class: 'plot-point', cx: xOf(px), cy: yOf(py), r: 5 }),
      svg(
        'text',
        {
          class: 'plot-mark',
          x: xOf(px) + (isRight ? -9 : 9),
          y: Math.max(TOP + 10, yOf(py) - 8),
          'text-anchor': isRight ? 'end' : 'start',
        },
        label,
      ),
    ];
  });
  return figure(title, [...axes(x, y, xOf, yOf), ...paths, ...marks], lines);
}

/** Bars of equal width from the left on. */
export function histogram(title: string, x: PlotAxis, counts: readonly number[]): HTMLElement {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((count) => (total === 0 ? 0 : count / total));
  const most = Math.max(0.001, ...shares);
  const y: PlotAxis = {
    label: 'share of packets',
    min: 0,
    max: most * 1.05,
    scale: 'linear',
    format: (value) => `${(value * 100).toFixed(most < 0.05 ? 1 : 0)} %`,
  };
  const xOf = (value: number): number => LEFT + share(x, value) * (WIDTH - LEFT - RIGHT);
  const yOf = (value: number): number =>
    HEIGHT - BOTTOM - share(y, value) * (HEIGHT - TOP - BOTTOM);
  const barMs = (x.max - x.min) / Math.max(1, counts.length);
  const bars = shares.map((value, index) => {
    const left = xOf(x.min + index * barMs);
    const width = xOf(x.min + (index + 1) * barMs) - left;
    // What is there at all is seen.
    const tall = value === 0 ? 0 : Math.max(1, HEIGHT - BOTTOM - yOf(value));
    return svg('rect', {
      class: 'plot-bar',
      x: left.toFixed(2),
      y: (HEIGHT - BOTTOM - tall).toFixed(2),
      width: Math.max(0.5, width - 0.5).toFixed(2),
      height: tall.toFixed(2),
    });
  });
  return figure(title, [...axes(x, y, xOf, yOf), ...bars], []);
}

function figure(
  title: string,
  content: readonly SVGElement[],
  lines: readonly PlotLine[],
): HTMLElement {
  return element(
    'figure',
    {},
    element('figcaption', {}, title),
    svg(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'plot', role: 'img', 'aria-label': title },
      ...content,
    ),
    lines.length < 2
      ? undefined
      : element(
          'ul',
          { class: 'legend lines' },
          ...lines.map(({ label, style }) =>
            element(
              'li',
              {},
              element('span', { class: `line plot-${style}`, 'aria-hidden': 'true' }),
              label,
            ),
          ),
        ),
  );
}

function axes(
  x: PlotAxis,
  y: PlotAxis,
  xOf: (value: number) => number,
  yOf: (value: number) => number,
): SVGElement[] {
  const bottom = HEIGHT - BOTTOM;
  return [
    ...ticksOf(y, 5).flatMap((value) => [
      svg('line', {
        class: 'plot-grid',
        x1: LEFT,
        x2: WIDTH - RIGHT,
        y1: yOf(value),
        y2: yOf(value),
      }),
      svg(
        'text',
        { class: 'plot-text', x: LEFT - 6, y: yOf(value) + 4, 'text-anchor': 'end' },
        y.format(value),
      ),
    ]),
    ...ticksOf(x, 6).map((value) =>
      svg(
        'text',
        { class: 'plot-text', x: xOf(value), y: bottom + 15, 'text-anchor': 'middle' },
        x.format(value),
      ),
    ),
    svg('line', { class: 'plot-axis', x1: LEFT, x2: WIDTH - RIGHT, y1: bottom, y2: bottom }),
    svg(
      'text',
      { class: 'plot-text', x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, 'text-anchor': 'middle' },
      x.label,
    ),
  ];
}

function share({ min, max, scale }: PlotAxis, value: number): number {
  const inside = Math.min(max, Math.max(min, value));
  const part =
    scale === 'linear'
      ? (inside - min) / (max - min)
      : Math.log(inside / min) / Math.log(max / min);
  return Number.isFinite(part) ? part : 0;
}

function ticksOf({ min, max, scale }: PlotAxis, about: number): number[] {
  const ticks: number[] = [];
  if (scale === 'log') {
    for (let value = 10 ** Math.ceil(Math.log10(min) - 1e-9); value <= max * 1.001; value *= 10) {
      ticks.push(value);
    }
    return ticks;
  }
  const raw = (max - min) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
  for (let at = Math.ceil(min / step); at * step <= max * 1.0001; at++) ticks.push(at * step);
  return ticks;
}
