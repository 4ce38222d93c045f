import { checkRange } from '../errors.js';
import type { Random } from './random.js';

/** How a network loses packets. */
export type LossSettings =
  /** Each packet by itself (independent, identically distributed). */
  | { readonly kind: 'iid'; readonly ratio: number }
  /**
   * A two-state chain with Gilbert's values: all packets are lost in its bad state and none in the good one. `ratio` is the share lost in the
   * long run, 0..0.9; `meanBurstPackets` the mean length of a run of losses, 1..1000.
   */
  | { readonly kind: 'gilbert-elliott'; readonly ratio: number; readonly meanBurstPackets: number };

/** Says of one packet after the other whether it is lost. */
export type LossModel = () => boolean;

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
export function lossModel(settings: LossSettings, random: Random): LossModel {
  if (settings.kind === 'iid') {
    checkRange('loss.ratio', settings.ratio, 0, 1);
    return () => random.chance(settings.ratio);
  }
  const { ratio, meanBurstPackets } = settings;
  checkRange('loss.ratio', ratio, 0, 0.9);
  checkRange('loss.meanBurstPackets', meanBurstPackets, 1, 1000);
  // In balance, ratio x leave = (1 - ratio) x enter; the mean stay in the bad state is 1 / leave.
  const leave = 1 / meanBurstPackets;
  const enter = Math.min(1, (ratio * leave) / (1 - ratio));
  let isBad = random.chance(ratio);
  return () => {
    const isLost = isBad;
    isBad = isBad ? !random.chance(leave) : random.chance(enter);
    return isLost;
  };
}
