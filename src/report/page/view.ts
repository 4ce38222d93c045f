/** The part of a call that is shown, and the place that is looked at. */
export class View {
  readonly durationMs: number;
  #fromMs = 0;
  #toMs: number;
  #cursorMs = 0;
  readonly #listeners: (() => void)[] = [];

  constructor(durationMs: number) {
    this.durationMs = Math.max(MIN_SPAN_MS, durationMs);
    this.#toMs = this.durationMs;
  }

  get fromMs(): number {
    return this.#fromMs;
  }

  get toMs(): number {
    return this.#toMs;
  }

  get spanMs(): number {
    return this.#toMs - this.#fromMs;
  }

  get cursorMs(): number {
    return this.#cursorMs;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  show(fromMs: number, toMs: number): void {
    const spanMs = Math.min(this.durationMs, Math.max(MIN_SPAN_MS, toMs - fromMs));
    const middleMs = (fromMs + toMs) / 2;
    this.#fromMs = Math.min(this.durationMs - spanMs, Math.max(0, middleMs - spanMs / 2));
    this.#toMs = this.#fromMs + spanMs;
    this.#changed();
  }

  showAll(): void {
    this.show(0, this.durationMs);
  }

  /** @param factor - below 1 shows less; `aroundMs` stays where it is on the screen */
  zoom(factor: number, aroundMs: number): void {
    const spanMs = Math.min(this.durationMs, Math.max(MIN_SPAN_MS, this.spanMs * factor));
    const share = (aroundMs - this.#fromMs) / this.spanMs;
    const fromMs = aroundMs - share * spanMs;
    this.show(fromMs, fromMs + spanMs);
  }

  pan(byMs: number): void {
    const fromMs = Math.min(this.durationMs - this.spanMs, Math.max(0, this.#fromMs + byMs));
    this.show(fromMs, fromMs + this.spanMs);
  }

  /** Looks at a place, and moves the view along when it lies outside. */
  lookAt(atMs: number): void {
    this.#cursorMs = Math.min(this.durationMs, Math.max(0, atMs));
    if (this.#cursorMs < this.#fromMs || this.#cursorMs > this.#toMs) {
      this.pan(this.#cursorMs - (this.#fromMs + this.spanMs * 0.25));
    } else {
      this.#changed();
    }
  }

  /** Goes to a stretch with some of what is around it. */
  goTo(startMs: number, durationMs: number): void {
    const marginMs = Math.max(1500, durationMs);
    this.#cursorMs = Math.max(0, startMs - 500);
    this.show(startMs - marginMs, startMs + durationMs + marginMs);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Ten frames of 20 ms. */
const MIN_SPAN_MS = 200;
