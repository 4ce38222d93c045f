import { checkOneOf, checkRange } from '../errors.js';
import { checkPart } from './checks.js';
import type { Random } from './random.js';

/** How a network loses packets. */
export type LossSettings =
  /** Each packet by itself (independent, identically distributed). */
  | { readonly kind: 'iid'; readonly ratio: number }
  /**
   * A two-state chain with Gilbert's values: all packets are lost in its bad state and none in the good one. `ratio` is the share lost in the
   * long run, 0..0.9; `meanBurstPackets` the mean length of a run of losses, 1..1000.
   */
  | { readonly kind: 'gilbert-elliott'; readonly ratio: number; readonly meanBurstPackets: number }
  /**
   * The same chain by its four parameters: from packet to packet it turns bad with probability `p` and good again with `q`; of the
   * packets sent in a state, that state's share is lost.
   */
  | {
      readonly kind: 'gilbert-elliott';
      readonly p: number;
      readonly q: number;
      /** @defaultValue 0 */
      readonly goodLossRatio?: number;
      /** @defaultValue 1 */
      readonly badLossRatio?: number;
    };

/** Says of one packet after the other whether it is lost. */
export type LossModel = () => boolean;

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
export function lossModel(settings: LossSettings, random: Random): LossModel {
  checkPart('loss', settings, [
    'kind',
    'ratio',
    'meanBurstPackets',
    'p',
    'q',
    'goodLossRatio',
    'badLossRatio',
  ]);
  checkOneOf('loss.kind', settings.kind, ['iid', 'gilbert-elliott'] as const);
  if (settings.kind === 'iid') {
    checkRange('loss.ratio', settings.ratio, 0, 1);
    return () => random.chance(settings.ratio);
  }
  if ('p' in settings) return chain(settings, random);
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

function chain(settings: Extract<LossSettings, { p: number }>, random: Random): LossModel {
  const { p, q, goodLossRatio = 0, badLossRatio = 1 } = settings;
  checkRange('loss.p', p, 0, 1);
  checkRange('loss.q', q, 0, 1);
  checkRange('loss.goodLossRatio', goodLossRatio, 0, 1);
  checkRange('loss.badLossRatio', badLossRatio, 0, 1);
  // It starts as it is in the long run: bad for a share p / (p + q) of the packets.
  let isBad = random.chance(p === 0 ? 0 : p / (p + q));
  return () => {
    const isLost = random.chance(isBad ? badLossRatio : goodLossRatio);
    isBad = isBad ? !random.chance(q) : random.chance(p);
    return isLost;
  };
}
