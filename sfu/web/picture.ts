import type { FrameNote } from 'earshot/sfu';
import { type Palette, readPalette } from './palette.js';
import type { Provenance } from './provenance.js';

/** What the picture shows. */
export interface PictureScene {
  readonly frames: readonly FrameNote[];
  /** Media time at the right edge, ms. */
  readonly edgeMs: number;
  readonly deadlineMs: number;
}

const FULL_WINDOW_MS = 12_000;
// Below 1 px a frame cannot be told from its neighbour: a narrow picture shows less time instead.
const MIN_PX_PER_20_MS = 1;
const LEVEL_FLOOR_DB = -60;
const GUTTER_PX = 34;
/** Whoever waits for nothing is shown jitter all the same. */
const LEAST_TOP_MS = 20;

/** How much time a picture `widthPx` wide shows, ms. */
export function windowMs(widthPx: number): number {
  const fitsMs = ((widthPx - GUTTER_PX) / MIN_PX_PER_20_MS) * 20;
  return Math.max(2000, Math.min(FULL_WINDOW_MS, Math.floor(fitsMs / 1000) * 1000));
}

/** Draws latency, level and provenance of the last seconds, one above the other on one time axis. */
export class Picture {
  readonly #canvas: HTMLCanvasElement;
  readonly #pen: CanvasRenderingContext2D;
  #palette: Palette | undefined;
  #widthPx = 0;
  #heightPx = 0;

  constructor(canvas: HTMLCanvasElement) {
    const pen = canvas.getContext('2d');
    if (pen === null) throw new Error('This browser has no 2D canvas');
    this.#canvas = canvas;
    this.#pen = pen;
  }

  get windowMs(): number {
    return windowMs(this.#widthPx);
  }

  /** Takes over the canvas's size on the page, the screen's pixel ratio and the theme. */
  refit(): void {
    const ratio = window.devicePixelRatio || 1;
    this.#widthPx = this.#canvas.clientWidth;
    this.#heightPx = this.#canvas.clientHeight;
    this.#canvas.width = Math.round(this.#widthPx * ratio);
    this.#canvas.height = Math.round(this.#heightPx * ratio);
    this.#pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#palette = readPalette(this.#canvas, ratio);
  }

  draw(scene: PictureScene): void {
    const palette = this.#palette;
    if (palette === undefined || this.#widthPx <= GUTTER_PX) return;
    const pen = this.#pen;
    pen.clearRect(0, 0, this.#widthPx, this.#heightPx);

    const tracks = layOut(this.#heightPx);
    const spanMs = this.windowMs;
    const plotPx = this.#widthPx - GUTTER_PX;
    const xOf = (mediaMs: number): number =>
      GUTTER_PX + plotPx * (1 - (scene.edgeMs - mediaMs) / spanMs);
    // Head room of a tenth, so that a frame beyond the deadline is seen beyond it.
    const topMs = Math.max(LEAST_TOP_MS, scene.deadlineMs * 1.12);

    this.#drawAxes(palette, tracks, topMs, scene.deadlineMs, spanMs);
    pen.save();
    pen.beginPath();
    pen.rect(GUTTER_PX, 0, plotPx, this.#heightPx);
    pen.clip();
    for (const frame of scene.frames) {
      const endMs = frame.startMs + frame.durationMs;
      if (endMs < scene.edgeMs - spanMs || frame.startMs > scene.edgeMs) continue;
      this.#drawFrame(palette, tracks, frame, xOf(frame.startMs), xOf(endMs), topMs);
    }
    pen.restore();
    this.#drawDeadline(palette, tracks, topMs, scene.deadlineMs);
  }

  #drawFrame(
    palette: Palette,
    tracks: Tracks,
    frame: FrameNote,
    fromPx: number,
    toPx: number,
    topMs: number,
  ): void {
    const pen = this.#pen;
    const { latency, level, ribbon } = tracks;
    const lost = isLoss(frame.provenance);
    // Neighbours share a device pixel at their border; what is rare gets at least 2 px, so that it is seen.
    const left = Math.floor(fromPx);
    const width = Math.max(lost || frame.provenance === 'fec' ? 2 : 1, Math.ceil(toPx) - left);
    if (lost) {
      pen.fillStyle = palette.lossBand;
      pen.fillRect(left, latency.top, width, ribbon.bottom - latency.top);
    }
    pen.fillStyle = palette.fills.get(frame.provenance) ?? palette.muted;

    const share = Math.min(1, Math.max(0, frame.latencyMs) / topMs);
    const tall = Math.max(2, share * (latency.bottom - latency.top));
    pen.fillRect(left, latency.bottom - tall, width, tall);

    const loud = Math.max(0, 1 - frame.levelDb / LEVEL_FLOOR_DB);
    const half = Math.max(0.75, (loud * (level.bottom - level.top)) / 2);
    pen.fillRect(left, (level.top + level.bottom) / 2 - half, width, half * 2);

    pen.fillRect(left, ribbon.top, width, ribbon.bottom - ribbon.top + (lost ? 5 : 0));
  }

  #drawAxes(
    palette: Palette,
    tracks: Tracks,
    topMs: number,
    deadlineMs: number,
    spanMs: number,
  ): void {
    const pen = this.#pen;
    const { latency, level, axisPx } = tracks;
    pen.font = `11px ${palette.font}`;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    const gridStepMs = deadlineMs > 100 ? 50 : deadlineMs > 30 ? 20 : 10;
    for (let gridMs = 0; gridMs < deadlineMs * 0.75; gridMs += gridStepMs) {
      const y = latency.bottom - (gridMs / topMs) * (latency.bottom - latency.top);
      pen.fillStyle = palette.line;
      pen.fillRect(GUTTER_PX, Math.round(y), this.#widthPx - GUTTER_PX, 1);
      pen.fillStyle = palette.muted;
      pen.fillText(gridMs === 0 ? '0 ms' : gridMs.toFixed(0), GUTTER_PX - 6, y);
    }
    pen.fillText('level', GUTTER_PX - 6, (level.top + level.bottom) / 2);

    const stepMs = spanMs > 6000 ? 3000 : spanMs > 3000 ? 2000 : 1000;
    for (let backMs = 0; backMs <= spanMs; backMs += stepMs) {
      const x = GUTTER_PX + (this.#widthPx - GUTTER_PX) * (1 - backMs / spanMs);
      pen.textAlign = backMs === 0 ? 'right' : backMs === spanMs ? 'left' : 'center';
      pen.fillText(backMs === 0 ? 'now' : `−${backMs / 1000} s`, x, axisPx);
    }
  }

  #drawDeadline(palette: Palette, tracks: Tracks, topMs: number, deadlineMs: number): void {
    const pen = this.#pen;
    const { latency } = tracks;
    const y = Math.round(latency.bottom - (deadlineMs / topMs) * (latency.bottom - latency.top));
    pen.strokeStyle = palette.text;
    pen.lineWidth = 1;
    pen.setLineDash([5, 4]);
    pen.beginPath();
    pen.moveTo(GUTTER_PX, y + 0.5);
    pen.lineTo(this.#widthPx, y + 0.5);
    pen.stroke();
    pen.setLineDash([]);
    pen.fillStyle = palette.text;
    pen.textAlign = 'right';
    pen.fillText(deadlineMs.toFixed(0), GUTTER_PX - 6, y);
    pen.textAlign = 'left';
    pen.fillText('deadline', GUTTER_PX + 6, y + 10);
  }
}

interface Band {
  readonly top: number;
  readonly bottom: number;
}

interface Tracks {
  readonly latency: Band;
  readonly level: Band;
  readonly ribbon: Band;
  readonly axisPx: number;
}

function layOut(heightPx: number): Tracks {
  const axisPx = heightPx - 8;
  const ribbon = { top: heightPx - 40, bottom: heightPx - 26 };
  const level = { top: ribbon.top - 12 - heightPx * 0.24, bottom: ribbon.top - 12 };
  return { latency: { top: 4, bottom: level.top - 12 }, level, ribbon, axisPx };
}

function isLoss(provenance: Provenance): boolean {
  return provenance === 'plc';
}
