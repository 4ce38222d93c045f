import { describe, expect, it } from 'vitest';
import { burstGapMetrics } from '../../src/analysis/burst-gap.js';
import { gilbertModel } from '../../src/analysis/gilbert-model.js';
import type { FateRun } from '../../src/analysis/packet-fates.js';
import { Random } from '../../src/simulate/index.js';

/** `.` came, `x` was lost, `d` came too late. */
function runsOf(pattern: string): FateRun[] {
  return [...pattern.matchAll(/(.)\1*/g)].map(([text, letter]) => ({
    fate: letter === 'x' ? 'lost' : letter === 'd' ? 'discarded' : 'received',
    packets: text.length,
  }));
}

const good = (packets: number): string => '.'.repeat(packets);

/** RFC 3611 A.2 in its own terms: counts of transitions, and what is calculated from them. */
function transitionCounts(pattern: string): { burstDensity: number; gapDensity: number } {
  const gmin = 16;
  let [c11, c13, c14, c22, c23, c33] = [0, 0, 0, 0, 0, 0];
  let [sinceBad, bad] = [0, 0];
  for (const letter of pattern) {
    if (letter === '.') {
      sinceBad++;
      continue;
    }
    if (sinceBad >= gmin) {
      if (bad === 1) c14++;
      else c13++;
      bad = 1;
      c11 += sinceBad;
    } else {
      bad++;
      if (sinceBad === 0) c33++;
      else {
        c23++;
        c22 += sinceBad - 1;
      }
    }
    sinceBad = 0;
  }
  const [c31, c32] = [c13, c23];
  const p32 = c32 / (c31 + c32 + c33);
  const p23 = c22 + c23 < 1 ? 1 : 1 - c22 / (c22 + c23);
  return { burstDensity: p23 / (p23 + p32), gapDensity: c14 / (c11 + c14) };
}

describe('bursts and gaps', () => {
  it('a burst starts and ends with a bad packet and holds fewer than 16 good ones in a row', () => {
    // x..x is a burst of 4 with 2 bad; the lone x behind 16 good ones belongs to a gap.
    const pattern = `${good(30)}x..x${good(16)}x${good(29)}`;
    const metrics = burstGapMetrics(runsOf(pattern), 20);

    expect(metrics).toMatchObject({ bursts: 1, burstDensityRatio: 0.5, burstDurationMs: 80 });
    expect(metrics.gapDensityRatio).toBeCloseTo(1 / 76, 12);
    // 76 packets outside the burst, in the two gaps around it.
    expect(metrics.gapDurationMs).toBe(38 * 20);
    expect(metrics.lossRatio).toBeCloseTo(3 / 80, 12);
  });

  it('fifteen good packets between two losses are part of a burst, sixteen end it', () => {
    expect(burstGapMetrics(runsOf(`${good(20)}x${good(15)}x.`), 20).bursts).toBe(1);
    expect(burstGapMetrics(runsOf(`${good(20)}x${good(16)}x.`), 20).bursts).toBe(0);
  });

  it('what came too late is as bad as what never came, and counted apart', () => {
    const metrics = burstGapMetrics(runsOf(`${good(20)}xd${good(20)}d${good(7)}`), 20);
    expect(metrics).toMatchObject({ bursts: 1, burstDensityRatio: 1 });
    expect(metrics.lossRatio).toBeCloseTo(1 / 50, 12);
    expect(metrics.discardRatio).toBeCloseTo(2 / 50, 12);
  });

  it('a call without loss is one gap', () => {
    expect(burstGapMetrics(runsOf(good(100)), 20)).toMatchObject({
      bursts: 0,
      burstDurationMs: 0,
      gapDurationMs: 2000,
      lossRatio: 0,
    });
    expect(burstGapMetrics([], 20)).toMatchObject({ bursts: 0, gapDurationMs: 0 });
  });

  it('the densities are near those that RFC 3611 A.2 calculates from its counts', () => {
    const random = new Random(7);
    let isBad = false;
    const pattern = Array.from({ length: 200_000 }, () => {
      isBad = random.chance(isBad ? 0.7 : 0.01);
      return isBad ? 'x' : '.';
    }).join('');
    const metrics = burstGapMetrics(runsOf(pattern), 20);
    const { burstDensity, gapDensity } = transitionCounts(pattern);

    // The RFC fits a chain of states to what is counted here: 256ths, as its reports carry, may differ by a few.
    expect(metrics.burstDensityRatio).toBeCloseTo(burstDensity, 1);
    expect(metrics.gapDensityRatio).toBeCloseTo(gapDensity, 2);
  });
});

describe('the Gilbert model', () => {
  it('takes its chances from the counts', () => {
    // Two runs of loss, of 1 and 3, behind 10 packets that have one after them.
    expect(gilbertModel(runsOf('...x....xxx....'))).toEqual({
      lossAfterReceivedRatio: 2 / 10,
      receivedAfterLossRatio: 2 / 4,
      meanLossRunPackets: 2,
      longestLossRunPackets: 3,
    });
  });

  it('what came too late was no loss of the network', () => {
    expect(gilbertModel(runsOf('..dd..')).meanLossRunPackets).toBe(0);
  });

  it('finds the chances that a chain was made with', () => {
    const random = new Random(3);
    let isLost = false;
    const pattern = Array.from({ length: 300_000 }, () => {
      isLost = random.chance(isLost ? 0.6 : 0.02);
      return isLost ? 'x' : '.';
    }).join('');
    const model = gilbertModel(runsOf(`${pattern}.`));
    expect(model.lossAfterReceivedRatio).toBeCloseTo(0.02, 3);
    expect(model.receivedAfterLossRatio).toBeCloseTo(0.4, 1);
    expect(model.meanLossRunPackets).toBeCloseTo(2.5, 1);
  });
});
