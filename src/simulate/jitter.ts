import { checkOneOf, checkRange } from '../errors.js';
import { checkPart } from './checks.js';
import type { Random } from './random.js';

/** Delay that differs from packet to packet. */
export type JitterSettings =
  /** Evenly spread over 0..`maxMs`, each packet by itself. */
  | { readonly kind: 'uniform'; readonly maxMs: number }
  /** Gamma distributed, each packet by itself: a short usual delay and a long tail. */
  | { readonly kind: 'gamma'; readonly meanMs: number; readonly deviationMs: number }
  /**
   * Log-normal, and changing slowly, as where a radio link or a scheduler is busy for a while: the logarithm is an
   * Ornstein-Uhlenbeck process, whose values `timeConstantMs` apart correlate by 1/e.
   */
  | {
      readonly kind: 'correlated';
      readonly meanMs: number;
      readonly deviationMs: number;
      readonly timeConstantMs: number;
    };

const MAX_DELAY_MS = 60_000;
const NAMES = {
  uniform: ['kind', 'maxMs'],
  gamma: ['kind', 'meanMs', 'deviationMs'],
  correlated: ['kind', 'meanMs', 'deviationMs', 'timeConstantMs'],
} as const;

/** Draws the jitter of one packet after the other, ms, by its sending time, which does not go back. */
export type JitterModel = (sentMs: number) => number;

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
export function jitterModel(settings: JitterSettings, random: Random): JitterModel {
  checkPart('jitter', settings, Object.values(NAMES).flat());
  checkOneOf('jitter.kind', settings.kind, ['uniform', 'gamma', 'correlated'] as const);
  checkPart('jitter', settings, NAMES[settings.kind]);
  if (settings.kind === 'uniform') {
    checkRange('jitter.maxMs', settings.maxMs, 0, MAX_DELAY_MS);
    return () => random.uniform() * settings.maxMs;
  }
  const { meanMs, deviationMs } = settings;
  checkRange('jitter.meanMs', meanMs, 0.001, MAX_DELAY_MS);
  checkRange('jitter.deviationMs', deviationMs, 0.001, MAX_DELAY_MS);
  if (settings.kind === 'gamma') {
    const shape = (meanMs / deviationMs) ** 2;
    return () => Math.min(MAX_DELAY_MS, random.gamma(shape, meanMs));
  }
  const { timeConstantMs } = settings;
  checkRange('jitter.timeConstantMs', timeConstantMs, 0.001, 3_600_000);
  return correlated(meanMs, deviationMs, timeConstantMs, random);
}

function correlated(
  meanMs: number,
  deviationMs: number,
  timeConstantMs: number,
  random: Random,
): JitterModel {
  // Of exp(m + s z) with z normal, the mean is exp(m + s^2 / 2) and the squared ratio of deviation to mean exp(s^2) - 1.
  const variance = Math.log(1 + (deviationMs / meanMs) ** 2);
  const middle = Math.log(meanMs) - variance / 2;
  const spread = Math.sqrt(variance);
  let z = random.normal();
  let lastMs: number | undefined;
  return (sentMs) => {
    const kept = lastMs === undefined ? 1 : Math.exp((lastMs - sentMs) / timeConstantMs);
    lastMs = sentMs;
    z = kept * z + Math.sqrt(1 - kept * kept) * random.normal();
    return Math.min(MAX_DELAY_MS, Math.exp(middle + spread * z));
  };
}
