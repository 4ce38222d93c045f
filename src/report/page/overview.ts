import type { CallData } from './call-data.js';
import { rarest } from './call-strip.js';
import { GUTTER_PX, RIGHT_PX } from './delay-chart.js';
import { PROVENANCE_ORDER } from './provenance.js';
import type { Theme } from './theme.js';
import type { View } from './view.js';

const PLC: number = PROVENANCE_ORDER.indexOf('plc');

/** The whole call in one line, with the part that is shown marked; a click or a drag goes there. */
export class Overview {
  readonly #canvas: HTMLCanvasElement;
  readonly #pen: CanvasRenderingContext2D;
  readonly #data: CallData;
  readonly #view: View;
  #theme: Theme | undefined;
  /** The call without the mark: it changes with the theme only. */
  #backdrop: HTMLCanvasElement | undefined;

  constructor(canvas: HTMLCanvasElement, data: CallData, view: View) {
    const pen = canvas.getContext('2d');
    if (pen === null) throw new Error('This browser has no 2D canvas');
    this.#canvas = canvas;
    this.#pen = pen;
    this.#data = data;
    this.#view = view;
    const go = (event: PointerEvent): void => {
      const share = (event.offsetX - GUTTER_PX) / this.#plotPx;
      const middleMs = share * view.durationMs;
      view.show(middleMs - view.spanMs / 2, middleMs + view.spanMs / 2);
    };
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      go(event);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) go(event);
    });
  }

  get #plotPx(): number {
    return Math.max(1, this.#canvas.clientWidth - GUTTER_PX - RIGHT_PX);
  }

  refit(theme: Theme): void {
    this.#theme = theme;
    this.#canvas.width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * devicePixelRatio);
    this.#pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    // Nothing is laid out while a page is made ready for the printer.
    if (this.#canvas.width === 0 || this.#canvas.height === 0) return;
    this.#drawCall(theme);
    const backdrop = document.createElement('canvas');
    backdrop.width = this.#canvas.width;
    backdrop.height = this.#canvas.height;
    backdrop.getContext('2d')?.drawImage(this.#canvas, 0, 0);
    this.#backdrop = backdrop;
  }

  draw(): void {
    const theme = this.#theme;
    if (theme === undefined || this.#backdrop === undefined || this.#canvas.width === 0) return;
    const pen = this.#pen;
    const [widthPx, heightPx] = [this.#canvas.clientWidth, this.#canvas.clientHeight];
    pen.clearRect(0, 0, widthPx, heightPx);
    pen.drawImage(this.#backdrop, 0, 0, widthPx, heightPx);
    const { fromMs, spanMs, durationMs } = this.#view;
    const left = GUTTER_PX + (fromMs / durationMs) * this.#plotPx;
    const width = Math.max(3, (spanMs / durationMs) * this.#plotPx);
    pen.globalAlpha = 0.12;
    pen.fillStyle = theme.accent;
    pen.fillRect(left, 0, width, heightPx);
    pen.globalAlpha = 1;
    pen.strokeStyle = theme.accent;
    pen.lineWidth = 1.5;
    pen.strokeRect(left, 0.75, width, heightPx - 1.5);
  }

  #drawCall(theme: Theme): void {
    const pen = this.#pen;
    const heightPx = this.#canvas.clientHeight;
    pen.clearRect(0, 0, this.#canvas.clientWidth, heightPx);
    pen.font = `11px ${theme.font}`;
    pen.fillStyle = theme.muted;
    pen.textAlign = 'right';
    pen.textBaseline = 'middle';
    pen.fillText('call', GUTTER_PX - 6, heightPx / 2);
    const { binMs, peaks } = this.#data.level;
    const msPerPx = this.#view.durationMs / this.#plotPx;
    for (let px = 0; px < this.#plotPx; px++) {
      let peak = 0;
      const last = Math.ceil(((px + 1) * msPerPx) / binMs);
      for (let bin = Math.floor((px * msPerPx) / binMs); bin < last; bin++) {
        peak = Math.max(peak, peaks[bin] ?? 0);
      }
      const tall = Math.sqrt(peak / this.#data.loudest) * (heightPx - 12);
      pen.fillStyle = theme.muted;
      pen.globalAlpha = 0.55;
      pen.fillRect(GUTTER_PX + px, (heightPx - 6 - tall) / 2, 1, tall);
      pen.globalAlpha = 1;
      if (rarest(this.#data.first, px * msPerPx, (px + 1) * msPerPx) !== PLC) continue;
      pen.fillStyle = theme.lost;
      pen.fillRect(GUTTER_PX + px, heightPx - 6, 1, 5);
    }
  }
}
