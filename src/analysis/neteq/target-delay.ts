import { ArrivalHistory } from './arrival-history.js';
import { ReorderOptimizer } from './reorder-optimizer.js';
import { UnderrunOptimizer } from './underrun-optimizer.js';

const START_DELAY_MS = 80;
/** Packets the buffer holds, and the share of their audio that the delay may take. */
const MAX_PACKETS = 200;
const MAX_FILL = 0.75;

/** The delay NetEQ aims at: the greater of what its two optimizers want (libwebrtc neteq/delay_manager.cc). */
export class TargetDelay {
  readonly #history = new ArrivalHistory();
  readonly #underrun = new UnderrunOptimizer();
  readonly #reorder = new ReorderOptimizer();
  #targetMs = START_DELAY_MS;
  #packetMs = 20;

  get targetMs(): number {
    return Math.min(this.#targetMs, MAX_PACKETS * this.#packetMs * MAX_FILL);
  }

  /** From here on up audio is played faster, ms. */
  get highMs(): number {
    // What a stretch changes, 15 ms, rounded up to the 10 ms of NetEQ's clock.
    return this.targetMs + this.#history.maxDelayMs + 20;
  }

  /** @param nowMs - in steps of 10 ms, as NetEQ counts time */
  onPacket(mediaMs: number, durationMs: number, nowMs: number): void {
    this.#packetMs = durationMs;
    const order = this.#history.add(mediaMs, durationMs, nowMs);
    if (order === 'known' || this.#history.length < 2) return;
    const delayMs = this.#history.delayMs(mediaMs, nowMs);
    if (order === 'newest') this.#underrun.update(delayMs, nowMs);
    const baseMs = this.#underrun.optimalDelayMs ?? START_DELAY_MS;
    const reorderMs = this.#reorder.update(order === 'overtaken' ? delayMs : 0, baseMs);
    this.#targetMs = Math.max(baseMs, reorderMs);
  }

  /** How late the audio is that is played now, ms. */
  playoutDelayMs(mediaMs: number, nowMs: number): number {
    return this.#history.delayMs(mediaMs, nowMs);
  }
}
