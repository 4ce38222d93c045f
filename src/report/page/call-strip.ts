import type { CallData } from './call-data.js';
import type { CellRuns } from './cell-runs.js';
import { GUTTER_PX, RIGHT_PX } from './delay-chart.js';
import { clock } from './format.js';
import type { HeardPlaces } from './heard-places.js';
import { PROVENANCE_ORDER, type Provenance } from './provenance.js';
import type { Theme } from './theme.js';
import type { View } from './view.js';

const PLC: number = PROVENANCE_ORDER.indexOf('plc');
/** What counts when several kinds share a pixel: the rare ones must be seen. */
const WEIGHT: readonly number[] = PROVENANCE_ORDER.map(
  (name) => ({ plc: 8, fec: 4, red: 4, dred: 4 })[name as string] ?? (name === 'received' ? 2 : 1),
);
const NOTHING: number = PROVENANCE_ORDER.length;
/** What is missed most at the bottom, where the eye goes. */
const BOTTOM_UP: readonly Provenance[] = [
  'plc',
  'fec',
  'red',
  'dred',
  'cng',
  'dtx',
  'silence',
  'received',
];
const FROM_BELOW: readonly number[] = BOTTOM_UP.map((name) => PROVENANCE_ORDER.indexOf(name));
/** From here on several packets share a pixel. */
const MIN_MIXED_MS = 40;
/** Height of the line below what can be heard. */
const HEARD_PX = 3;
const DISCARDED = 1;
const LOST = 2;

interface Row {
  readonly label: string;
  readonly topPx: number;
  readonly heightPx: number;
}

/** Draws sound, provenance and packets one above the other, over the time the view shows. */
export class CallStrip {
  readonly #canvas: HTMLCanvasElement;
  readonly #pen: CanvasRenderingContext2D;
  readonly #data: CallData;
  readonly #view: View;
  readonly #heard: HeardPlaces;
  readonly #rows: {
    readonly sound: Row;
    readonly first: Row;
    readonly final: Row | undefined;
    readonly packets: Row;
    readonly axisPx: number;
  };
  #theme: Theme | undefined;

  constructor(canvas: HTMLCanvasElement, data: CallData, view: View, heard: HeardPlaces) {
    const pen = canvas.getContext('2d');
    if (pen === null) throw new Error('This browser has no 2D canvas');
    this.#canvas = canvas;
    this.#pen = pen;
    this.#data = data;
    this.#view = view;
    this.#heard = heard;
    const hasRepairs = data.report.repairs.count > 0;
    this.#rows = {
      sound: { label: 'sound', topPx: 15, heightPx: 68 },
      first: { label: hasRepairs ? 'in time' : 'audio', topPx: 90, heightPx: 14 },
      final: hasRepairs ? { label: 'repaired', topPx: 108, heightPx: 14 } : undefined,
      packets: { label: 'packets', topPx: hasRepairs ? 130 : 112, heightPx: 12 },
      axisPx: hasRepairs ? 156 : 138,
    };
    canvas.style.height = `${this.#rows.axisPx + 12}px`;
  }

  refit(theme: Theme): void {
    this.#theme = theme;
    this.#canvas.width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * devicePixelRatio);
    this.#pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  }

  draw(): void {
    const theme = this.#theme;
    const widthPx = this.#canvas.clientWidth;
    const plotPx = widthPx - GUTTER_PX - RIGHT_PX;
    if (theme === undefined || plotPx <= 0) return;
    this.#pen.clearRect(0, 0, widthPx, this.#canvas.clientHeight);
    const { sound, first, final, packets } = this.#rows;
    for (const row of [sound, first, final, packets]) {
      if (row !== undefined) this.#drawLabel(theme, row);
    }
    const msPerPx = this.#view.spanMs / plotPx;
    for (let px = 0; px < plotPx; px++) {
      const fromMs = this.#view.fromMs + px * msPerPx;
      this.#drawPackets(theme, packets, px, fromMs, msPerPx);
      this.#drawSound(theme, sound, px, fromMs, msPerPx);
    }
    const draw = msPerPx < MIN_MIXED_MS ? this.#drawRuns : this.#drawMix;
    draw.call(this, theme, first, this.#data.first, plotPx);
    if (final !== undefined) draw.call(this, theme, final, this.#data.final, plotPx);
    this.#drawShifts(theme, plotPx);
    this.#drawAxis(theme, plotPx);
  }

  #drawLabel(theme: Theme, { label, topPx, heightPx }: Row): void {
    const pen = this.#pen;
    pen.font = `11px ${theme.font}`;
    pen.fillStyle = theme.muted;
    pen.textAlign = 'right';
    pen.textBaseline = 'middle';
    pen.fillText(label, GUTTER_PX - 6, topPx + heightPx / 2);
  }

  /** Seen near: runs, not pixels, so that hatching is drawn through. */
  #drawRuns(theme: Theme, row: Row, runs: CellRuns, plotPx: number): void {
    const msPerPx = this.#view.spanMs / plotPx;
    const { topPx, heightPx } = row;
    let kind = NOTHING;
    let startPx = 0;
    for (let px = 0; px <= plotPx; px++) {
      const fromMs = this.#view.fromMs + px * msPerPx;
      const next = px < plotPx ? rarest(runs, fromMs, fromMs + msPerPx) : NOTHING;
      if (next === kind && px < plotPx) continue;
      const fill = theme.fills[kind];
      if (fill !== undefined) {
        const isRare = (WEIGHT[kind] ?? 0) > 2;
        const widthPx = Math.max(isRare ? 2 : 1, px - startPx);
        if (kind === PLC && row === this.#rows.first) this.#drawLoss(theme, startPx, widthPx);
        this.#pen.fillStyle = fill;
        this.#pen.fillRect(GUTTER_PX + startPx, topPx, widthPx, heightPx + (kind === PLC ? 3 : 0));
      }
      kind = next;
      startPx = px;
    }
  }

  /** Seen from afar: what a pixel is made of, stacked; the rare is drawn a little larger than it is, or it would be lost. */
  #drawMix(theme: Theme, { topPx, heightPx }: Row, runs: CellRuns, plotPx: number): void {
    const msPerPx = this.#view.spanMs / plotPx;
    for (let px = 0; px < plotPx; px++) {
      const fromMs = this.#view.fromMs + px * msPerPx;
      const counts = countKinds(runs, fromMs, fromMs + msPerPx);
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (total === 0) continue;
      let bottomPx = topPx + heightPx;
      for (const kind of FROM_BELOW) {
        const share = (counts[kind] ?? 0) / total;
        const isRare = (WEIGHT[kind] ?? 0) > 2;
        const leastPx = kind === PLC ? 2 : isRare ? 0.75 : 0;
        const tallPx = share === 0 ? 0 : Math.max(leastPx, share * heightPx);
        const fill = kind === PLC ? theme.lost : theme.fills[kind];
        if (tallPx === 0 || fill === undefined) continue;
        this.#pen.fillStyle = fill;
        const top = Math.max(topPx, bottomPx - tallPx);
        this.#pen.fillRect(GUTTER_PX + px, top, 1, bottomPx - top);
        bottomPx = top;
      }
    }
  }

  #drawLoss(theme: Theme, startPx: number, widthPx: number): void {
    const { topPx, heightPx } = this.#rows.sound;
    this.#pen.fillStyle = theme.lossBand;
    this.#pen.fillRect(GUTTER_PX + startPx, topPx, widthPx, heightPx);
  }

  #drawSound(
    theme: Theme,
    { topPx, heightPx }: Row,
    px: number,
    fromMs: number,
    msPerPx: number,
  ): void {
    const { binMs, peaks } = this.#data.level;
    const first = Math.floor(fromMs / binMs);
    const last = Math.max(first, Math.ceil((fromMs + msPerPx) / binMs) - 1);
    let peak = 0;
    for (let bin = first; bin <= last; bin++) peak = Math.max(peak, peaks[bin] ?? 0);
    // The square root shows quiet speech, as a meter does.
    const half = Math.max(0.5, (Math.sqrt(peak / this.#data.loudest) * heightPx) / 2);
    const kind = commonest(countKinds(this.#data.first, fromMs, fromMs + msPerPx));
    this.#pen.fillStyle = theme.fills[kind] ?? theme.line;
    this.#pen.fillRect(GUTTER_PX + px, topPx + heightPx / 2 - half, 1, half * 2);
    if (this.#data.audio.leftOutMs === 0) return;
    if (!this.#heard.hasSound(fromMs, fromMs + msPerPx)) return;
    this.#pen.fillStyle = theme.accent;
    this.#pen.fillRect(GUTTER_PX + px, topPx + heightPx + 1, 1, HEARD_PX);
  }

  #drawPackets(theme: Theme, row: Row, px: number, fromMs: number, msPerPx: number): void {
    let isLost = false;
    let isLate = false;
    this.#data.fateRuns.visit(fromMs, fromMs + msPerPx, (fate) => {
      if (fate === LOST) isLost = true;
      else if (fate === DISCARDED) isLate = true;
    });
    // Lost stands, late hangs: the place says it without the colour.
    const half = row.heightPx / 2;
    if (isLate) {
      this.#pen.fillStyle = theme.late;
      this.#pen.fillRect(GUTTER_PX + px, row.topPx, 1, half - 1);
    }
    if (isLost) {
      this.#pen.fillStyle = theme.lost;
      this.#pen.fillRect(GUTTER_PX + px, row.topPx + half, 1, half);
    }
  }

  #drawShifts(theme: Theme, plotPx: number): void {
    const pen = this.#pen;
    pen.strokeStyle = theme.accent;
    pen.fillStyle = theme.accent;
    pen.textAlign = 'left';
    pen.textBaseline = 'top';
    // Where the last label ended: one that would lie on it is left to a nearer view.
    let takenPx = 0;
    for (const { atMs, byMs } of this.#data.report.network.pathShifts) {
      if (atMs < this.#view.fromMs || atMs > this.#view.toMs) continue;
      const x = GUTTER_PX + ((atMs - this.#view.fromMs) / this.#view.spanMs) * plotPx;
      pen.beginPath();
      pen.moveTo(Math.round(x) + 0.5, 0);
      pen.lineTo(Math.round(x) + 0.5, this.#rows.packets.topPx + this.#rows.packets.heightPx);
      pen.stroke();
      const label = `path ${byMs > 0 ? '+' : '−'}${Math.abs(byMs).toFixed(0)} ms`;
      const labelPx = pen.measureText(label).width;
      const isAtEnd = x + 3 + labelPx > GUTTER_PX + plotPx + RIGHT_PX;
      const leftPx = isAtEnd ? x - 3 - labelPx : x + 3;
      if (leftPx < takenPx) continue;
      pen.fillText(label, leftPx, 0);
      takenPx = leftPx + labelPx + 3;
    }
  }

  #drawAxis(theme: Theme, plotPx: number): void {
    const pen = this.#pen;
    const stepMs = niceStep((this.#view.spanMs / plotPx) * 90);
    pen.fillStyle = theme.muted;
    pen.font = `11px ${theme.font}`;
    pen.textBaseline = 'middle';
    pen.textAlign = 'center';
    const first = Math.ceil(this.#view.fromMs / stepMs) * stepMs;
    for (let atMs = first; atMs <= this.#view.toMs; atMs += stepMs) {
      const x = GUTTER_PX + ((atMs - this.#view.fromMs) / this.#view.spanMs) * plotPx;
      if (x > GUTTER_PX + plotPx - 12) continue;
      pen.fillRect(Math.round(x), this.#rows.axisPx - 10, 1, 3);
      pen.fillText(axisLabel(atMs, stepMs), x, this.#rows.axisPx + 2);
    }
  }
}

/** The kind in a stretch that must be seen most. */
export function rarest(runs: CellRuns, fromMs: number, toMs: number): number {
  let kind = NOTHING;
  let most = 0;
  runs.visit(fromMs, toMs, (one) => {
    const weight = WEIGHT[one] ?? 0;
    if (weight > most) {
      most = weight;
      kind = one;
    }
  });
  return kind;
}

/** As many digits as the steps of the axis need. */
function axisLabel(atMs: number, stepMs: number): string {
  const label = clock(atMs);
  if (stepMs >= 1000) return label.slice(0, -2);
  return stepMs >= 100 ? label : `${clock(atMs - (atMs % 100))}${Math.round(atMs % 100) / 10}`;
}

/** Cells of a stretch by kind. */
function countKinds(runs: CellRuns, fromMs: number, toMs: number): number[] {
  const counts = new Array<number>(NOTHING).fill(0);
  runs.visit(fromMs, toMs, (kind, cells) => {
    if (kind < NOTHING) counts[kind] = (counts[kind] as number) + cells;
  });
  return counts;
}

function commonest(counts: readonly number[]): number {
  const most = Math.max(...counts);
  return most === 0 ? NOTHING : counts.indexOf(most);
}

const STEPS_MS: readonly number[] = [
  50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_200_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000, 43_200_000, 86_400_000,
];

function niceStep(leastMs: number): number {
  return STEPS_MS.find((step) => step >= leastMs) ?? 86_400_000;
}
