import uPlot from 'uplot';
import { type CallData, rangeOf } from './call-data.js';
import type { Theme } from './theme.js';
import type { View } from './view.js';

/** Left of it stand the numbers of the axis; the strips below begin at the same place. */
export const GUTTER_PX = 52;
export const RIGHT_PX = 10;
const HEIGHT_PX = 200;
const LEAST_TOP_MS = 20;
const HEADROOM = 1.1;

type Column = (number | null)[];

/** Draws delays over time by uPlot: least and greatest of what falls into a pixel, so that no spike is lost. */
export class DelayChart {
  readonly #data: CallData;
  readonly #view: View;
  readonly #host: HTMLElement;
  #plot: uPlot | undefined;
  #theme: Theme | undefined;

  constructor(host: HTMLElement, data: CallData, view: View) {
    this.#host = host;
    this.#data = data;
    this.#view = view;
  }

  /** Makes the plot anew, for another width or theme. */
  refit(theme: Theme): void {
    this.#plot?.destroy();
    this.#theme = theme;
    this.#plot = new uPlot(this.#options(theme), this.#columns(), this.#host);
  }

  draw(): void {
    this.#plot?.setData(this.#columns());
  }

  #options(theme: Theme): uPlot.Options {
    const isListener = this.#data.timeLine === 'listener';
    const axis = {
      stroke: theme.muted,
      font: `11px ${theme.font}`,
      ticks: { show: false },
      grid: { stroke: theme.line, width: 1 },
    };
    const line = (stroke: string, width: number, dash?: number[]): uPlot.Series => ({
      stroke,
      width,
      points: { show: false },
      spanGaps: false,
      ...(dash === undefined ? {} : { dash }),
    });
    return {
      width: Math.max(200, this.#host.clientWidth),
      height: HEIGHT_PX,
      padding: [8, RIGHT_PX, 8, 0],
      legend: { show: false },
      cursor: { show: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: false, range: () => [this.#view.fromMs, this.#view.toMs] },
        y: { range: (_plot, _low, high) => [0, Math.max(LEAST_TOP_MS, (high ?? 0) * HEADROOM)] },
      },
      axes: [
        { ...axis, show: false },
        { ...axis, size: GUTTER_PX, gap: 4, values: (_plot, ticks) => ticks.map(msLabel) },
      ],
      bands: [{ series: [2, 3], fill: theme.delayBand }],
      series: [
        {},
        line(theme.network, 1),
        line(theme.delay, 1.25),
        line(theme.delay, 0),
        ...(isListener ? [line(theme.text, 1, [6, 4]), line(theme.late, 1)] : []),
      ],
      hooks: { draw: [(plot) => this.#drawDeadline(plot)] },
    };
  }

  #columns(): uPlot.AlignedData {
    const { series, timeLine } = this.#data;
    const widthPx = Math.max(50, this.#host.clientWidth - GUTTER_PX - RIGHT_PX);
    const stepMs = Math.max(this.#view.spanMs / widthPx, series.latency?.binMs ?? 20);
    const times: number[] = [];
    const [high, low, network]: [Column, Column, Column] = [[], [], []];
    const [target, buffer]: [Column, Column] = [[], []];
    // On the grid of the bins, so that a line does not shake while it is moved.
    const startMs = Math.floor(this.#view.fromMs / stepMs - 1) * stepMs;
    for (let atMs = startMs; atMs < this.#view.toMs + stepMs; atMs += stepMs) {
      times.push(atMs + stepMs / 2);
      const range = (one: keyof typeof series): ReturnType<typeof rangeOf> =>
        series[one] && rangeOf(series[one], atMs, atMs + stepMs);
      const latency = range('latency');
      high.push(latency?.high ?? null);
      low.push(latency?.low ?? null);
      network.push(range('network')?.high ?? null);
      if (timeLine !== 'listener') continue;
      target.push(range('target')?.high ?? null);
      buffer.push(range('buffer')?.high ?? null);
    }
    const columns = [times, network, high, low];
    return (timeLine === 'listener' ? [...columns, target, buffer] : columns) as uPlot.AlignedData;
  }

  #drawDeadline({ ctx, bbox, valToPos, scales }: uPlot): void {
    const { config } = this.#data.report;
    const theme = this.#theme;
    if (config.mode !== 'recognizer' || theme === undefined) return;
    if (config.deadlineMs > (scales.y?.max ?? 0)) return;
    const y = Math.round(valToPos(config.deadlineMs, 'y', true)) + 0.5;
    ctx.save();
    ctx.strokeStyle = theme.text;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = theme.text;
    ctx.font = `${11 * devicePixelRatio}px ${theme.font}`;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'bottom';
    ctx.fillText('deadline', bbox.left + bbox.width - 2, y - 2);
    ctx.restore();
  }
}

function msLabel(ms: number): string {
  return ms === 0 ? '0 ms' : String(ms);
}
