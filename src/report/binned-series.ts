/** Values of a time line by bins: the least and the greatest of each. */
export interface SeriesBins {
  readonly binMs: number;
  /** In tenths; `NO_VALUE` where a bin is empty. */
  readonly lows: Uint16Array;
  readonly highs: Uint16Array;
}

export const NO_VALUE = 65_535;
const TENTHS = 10;

/**
 * Keeps the least and the greatest value of every bin of a time line, in bounded memory: when the bins run out, two become
 * one. A long call is drawn as fast as a short one that way, and no peak is lost.
 */
export class BinnedSeries {
  readonly #lows: Uint16Array;
  readonly #highs: Uint16Array;
  #binMs: number;
  #length = 0;

  /** @param maxBins - even */
  constructor(firstBinMs: number, maxBins: number) {
    this.#binMs = firstBinMs;
    this.#lows = new Uint16Array(maxBins).fill(NO_VALUE);
    this.#highs = new Uint16Array(maxBins).fill(NO_VALUE);
  }

  /** Values are kept to a tenth, up to 6553.4; what lies before 0 is left out. */
  add(atMs: number, value: number): void {
    if (atMs < 0) return;
    while (atMs >= this.#binMs * this.#lows.length) this.#halve();
    const bin = Math.floor(atMs / this.#binMs);
    const tenths = Math.max(0, Math.min(NO_VALUE - 1, Math.round(value * TENTHS)));
    const isEmpty = this.#lows[bin] === NO_VALUE;
    if (isEmpty || tenths < (this.#lows[bin] as number)) this.#lows[bin] = tenths;
    if (isEmpty || tenths > (this.#highs[bin] as number)) this.#highs[bin] = tenths;
    this.#length = Math.max(this.#length, bin + 1);
  }

  bins(): SeriesBins {
    return {
      binMs: this.#binMs,
      lows: this.#lows.slice(0, this.#length),
      highs: this.#highs.slice(0, this.#length),
    };
  }

  #halve(): void {
    const [lows, highs] = [this.#lows, this.#highs];
    for (let bin = 0; bin * 2 < lows.length; bin++) {
      const [a, b] = [bin * 2, bin * 2 + 1];
      const [lowA, lowB] = [lows[a] as number, lows[b] as number];
      const [highA, highB] = [highs[a] as number, highs[b] as number];
      // An empty bin counts as highest: the other one's least is taken as it is.
      lows[bin] = Math.min(lowA, lowB);
      highs[bin] = highA === NO_VALUE ? highB : highB === NO_VALUE ? highA : Math.max(highA, highB);
    }
    lows.fill(NO_VALUE, lows.length / 2);
    highs.fill(NO_VALUE, highs.length / 2);
    this.#binMs *= 2;
    this.#length = Math.ceil(this.#length / 2);
  }
}
