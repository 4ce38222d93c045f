import type { LatencyPercentiles } from '../../latency-histogram.js';

/** What a NetEQ-like receiver would have made of a call. */
export interface NetEqReference {
  /** When audio is played, over the minimum-delay line, ms. */
  readonly delayMs: LatencyPercentiles;
  /** Share of what was played that was made up, 0..1. */
  readonly concealedRatio: number;
  readonly concealmentEvents: number;
  /** Shares of what was played that time-stretch took out and put in. */
  readonly acceleratedRatio: number;
  readonly deceleratedRatio: number;
}
