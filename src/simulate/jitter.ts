import { checkRange } from '../errors.js';
import type { Random } from './random.js';

/** Delay that differs from packet to packet, independently. */
export type JitterSettings =
  /** Evenly spread over 0..`maxMs`. */
  | { readonly kind: 'uniform'; readonly maxMs: number }
  /** Gamma distributed: a short usual delay and a long tail. */
  | { readonly kind: 'gamma'; readonly meanMs: number; readonly deviationMs: number };

const MAX_DELAY_MS = 60_000;

/** Draws the jitter of one packet after the other, ms. */
export type JitterModel = () => number;

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
export function jitterModel(settings: JitterSettings, random: Random): JitterModel {
  if (settings.kind === 'uniform') {
    checkRange('jitter.maxMs', settings.maxMs, 0, MAX_DELAY_MS);
    return () => random.uniform() * settings.maxMs;
  }
  const { meanMs, deviationMs } = settings;
  checkRange('jitter.meanMs', meanMs, 0.001, MAX_DELAY_MS);
  checkRange('jitter.deviationMs', deviationMs, 0.001, MAX_DELAY_MS);
  const shape = (meanMs / deviationMs) ** 2;
  return () => Math.min(MAX_DELAY_MS, random.gamma(shape, meanMs));
}
