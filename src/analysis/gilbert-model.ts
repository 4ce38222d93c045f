import type { FateRun } from './packet-fates.js';

/** The two-state chain of loss that a call's counts fit best (Gilbert 1960, with nothing received in the bad state). */
export interface GilbertModel {
  /** Chance that a packet is lost after one that came: p. */
  readonly lossAfterReceivedRatio: number;
  /** Chance that a packet comes after one that was lost: q. */
  readonly receivedAfterLossRatio: number;
  readonly meanLossRunPackets: number;
  readonly longestLossRunPackets: number;
}

/** What came too late did come: this is about the network. */
export function gilbertModel(runs: readonly FateRun[]): GilbertModel {
  let received = 0;
  let lost = 0;
  let lossRuns = 0;
  let longest = 0;
  for (const { fate, packets } of runs) {
    if (fate !== 'lost') {
      received += packets;
      continue;
    }
    lost += packets;
    lossRuns++;
    longest = Math.max(longest, packets);
  }
  // The last packet came, or nobody would know of it; the state before each of the others is known.
  return {
    lossAfterReceivedRatio: received > 1 ? lossRuns / (received - 1) : 0,
    receivedAfterLossRatio: lost === 0 ? 0 : lossRuns / lost,
    meanLossRunPackets: lossRuns === 0 ? 0 : lost / lossRuns,
    longestLossRunPackets: longest,
  };
}
