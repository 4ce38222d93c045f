import { countOf, type FateRun } from './packet-fates.js';

/** Loss as RFC 3611 4.7 tells it; ratios 0..1 where its packets carry 256ths. */
export interface BurstGapMetrics {
  /** Packets received in a row that end a burst. */
  readonly gminPackets: number;
  readonly lossRatio: number;
  readonly discardRatio: number;
  readonly bursts: number;
  /** Share of the packets in bursts that were lost or discarded. */
  readonly burstDensityRatio: number;
  readonly gapDensityRatio: number;
  /** Mean length, ms; 0 where there was none. */
  readonly burstDurationMs: number;
  readonly gapDurationMs: number;
}

/** RFC 3611 4.7.2 recommends it. */
const GMIN_PACKETS = 16;

interface Tally {
  count: number;
  packets: number;
  bad: number;
}

/**
 * Splits a call into bursts and gaps (RFC 3611 4.7.2): a burst starts and ends with a bad packet and nowhere holds Gmin
 * good ones in a row; a bad packet that stands alone belongs to a gap.
 *
 * RFC 3611 A.2 comes to the same from counts of transitions.
 *
 * @param packetMs - audio of a packet
 */
export function burstGapMetrics(runs: readonly FateRun[], packetMs: number): BurstGapMetrics {
  const total = runs.reduce((sum, { packets }) => sum + packets, 0);
  const bursts: Tally = { count: 0, packets: 0, bad: 0 };
  let badInGaps = 0;
  for (const { packets, bad } of clusters(runs)) {
    if (bad === 1) {
      badInGaps++;
      continue;
    }
    bursts.count++;
    bursts.packets += packets;
    bursts.bad += bad;
  }
  const gapPackets = total - bursts.packets;
  return {
    gminPackets: GMIN_PACKETS,
    lossRatio: share(countOf(runs, 'lost'), total),
    discardRatio: share(countOf(runs, 'discarded'), total),
    bursts: bursts.count,
    burstDensityRatio: share(bursts.bad, bursts.packets),
    gapDensityRatio: share(badInGaps, gapPackets),
    burstDurationMs: share(bursts.packets, bursts.count) * packetMs,
    // A call is taken to be good before its start and behind its end, so that there is a gap more than bursts.
    gapDurationMs: share(gapPackets, bursts.count + 1) * packetMs,
  };
}

/** Bad packets with fewer than Gmin good ones between them. */
function* clusters(
  runs: readonly FateRun[],
): Generator<{ readonly packets: number; readonly bad: number }> {
  let packets = 0;
  let bad = 0;
  let goodSince = 0;
  for (const { fate, packets: length } of runs) {
    if (fate === 'received') {
      goodSince = length;
      continue;
    }
    if (bad > 0 && goodSince >= GMIN_PACKETS) {
      yield { packets, bad };
      packets = 0;
      bad = 0;
    }
    packets += length + (bad > 0 ? goodSince : 0);
    bad += length;
    goodSince = 0;
  }
  if (bad > 0) yield { packets, bad };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
