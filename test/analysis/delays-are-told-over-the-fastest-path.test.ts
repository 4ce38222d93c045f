import { describe, expect, it } from 'vitest';
import { ccdf, delayDistribution } from '../../src/analysis/delay-distribution.js';
import { delaySpikes, summarizeSpikes } from '../../src/analysis/delay-spikes.js';
import { FastestPath } from '../../src/analysis/fastest-path.js';
import { interarrivalJitter } from '../../src/analysis/interarrival-jitter.js';
import { fateRuns } from '../../src/analysis/packet-fates.js';
import { Random } from '../../src/simulate/index.js';
import { arrivalTrace, type SentPacket } from '../helpers/arrival-trace.js';

const PACKETS_A_SECOND = 50;

/** A minute of packets, each as late as `delayMs` says. */
function minute(delayMs: (packet: number) => number | undefined, seconds = 60): SentPacket[] {
  return Array.from({ length: seconds * PACKETS_A_SECOND }, (_, packet) => ({
    delayMs: delayMs(packet),
  }));
}

describe('the fastest path', () => {
  it.each([-300, -40, 0, 40, 300])('shows a drift of %d ppm under jitter', (ppm) => {
    const random = new Random(11);
    const trace = arrivalTrace(
      minute((packet) => 50 + packet * 20 * ppm * 1e-6 + random.gamma(0.8, 8)),
    );
    const path = new FastestPath(trace);
    expect(Math.abs(path.driftPpm - ppm)).toBeLessThan(10);
    expect(path.shifts).toEqual([]);
  });

  it('finds where the path became longer and shorter again, and takes neither for drift', () => {
    const random = new Random(12);
    const trace = arrivalTrace(
      minute((packet) => {
        const second = packet / PACKETS_A_SECOND;
        return 30 + (second >= 20 && second < 40 ? 45 : 0) + random.uniform() * 4;
      }),
    );
    const path = new FastestPath(trace);
    expect(Math.abs(path.driftPpm)).toBeLessThan(20);
    expect(path.shifts).toHaveLength(2);
    expect(path.shifts.map(({ atMs }) => atMs)).toEqual([20_000, 40_020]);
    expect(path.shifts[0]?.byMs).toBeCloseTo(45, 0);
    expect(path.shifts[1]?.byMs).toBeCloseTo(-45, 0);
    // What the shift adds is no delay over the path there was.
    expect(delayDistribution(trace, path).percentiles.p95).toBeLessThan(5);
  });

  it.each([1, 2, 3])('finds a shift to the packet, and no spike in it (seed %d)', (seed) => {
    const random = new Random(seed);
    // 240 ms up and down again in the middle of a second.
    const [up, down] = [1000 + random.below(50), 2000 + random.below(50)];
    const trace = arrivalTrace(
      minute((packet) => 30 + (packet >= up && packet < down ? 240 : 0) + random.uniform() * 4),
    );
    const path = new FastestPath(trace);
    // The end of the last packet on the old way, and of the first one that came the new way.
    expect(path.shifts.map(({ atMs }) => atMs)).toEqual([up * 20, (down + 1) * 20]);
    expect(delaySpikes(trace, path)).toEqual([]);
    const excessesMs = [...trace].map((packet) => path.excessUs(packet) / 1000);
    expect(Math.max(...excessesMs)).toBeLessThan(5);
    expect(Math.min(...excessesMs)).toBeGreaterThan(-1);
  });

  it.each([-200, -30, 80, 400])(
    'takes one shift of %d ms for one, wherever in a short call',
    (byMs) => {
      for (let at = 4; at < 56; at += 3) {
        const random = new Random(3);
        const trace = arrivalTrace(
          minute(
            (packet) =>
              500 + (packet >= at * PACKETS_A_SECOND + 20 ? byMs : 0) + random.gamma(1, 4),
          ),
        );
        expect(new FastestPath(trace).shifts, `at ${at} s`).toHaveLength(1);
      }
    },
  );

  it('tells a spike from a shift close to it', () => {
    // Held up for 400 ms half a second before the path becomes 200 ms shorter.
    const held = (packet: number): number =>
      packet >= 995 && packet < 1015 ? 400 - (packet - 995) * 20 : 0;
    const trace = arrivalTrace(minute((packet) => (packet < 1020 ? 220 : 20) + held(packet)));
    const path = new FastestPath(trace);
    expect(path.shifts).toMatchObject([{ atMs: 20_420, byMs: -200 }]);
    expect(delaySpikes(trace, path)).toMatchObject([{ startMs: 19_920, highestMs: 400 }]);
  });

  it('takes a hold that drains for no shift', () => {
    const trace = arrivalTrace(
      minute((packet) => 10 + Math.max(0, 400 - Math.abs(packet - 1500) * 20)),
    );
    expect(new FastestPath(trace).shifts).toEqual([]);
  });

  it('claims no drift of a call too short to tell', () => {
    const path = new FastestPath(arrivalTrace(minute((packet) => packet * 0.01, 5)));
    expect(path.driftPpm).toBe(0);
  });
});

describe('delays', () => {
  it('are counted by the millisecond, and the rest of them above each', () => {
    const trace = arrivalTrace(minute((packet) => (packet % 10 === 9 ? 12.5 : 5), 4));
    const { countsByMs, percentiles } = delayDistribution(trace, new FastestPath(trace));
    expect([countsByMs[0], countsByMs[7]]).toEqual([180, 20]);
    expect(percentiles).toMatchObject({ p50: 0, max: 7.5 });
    expect([...ccdf([180, 0, 20])]).toEqual([1, 0.1, 0.1]);
    expect([...ccdf([0, 0])]).toEqual([0, 0]);
  });

  it('spikes last from when their first packet was due to when the last one came', () => {
    // Packets 100..119 wait for one moment: the first for 400 ms, each later one for 20 ms less.
    const trace = arrivalTrace(
      minute((packet) => (packet >= 100 && packet < 120 ? 400 - (packet - 100) * 20 : 0), 10),
    );
    const spikes = delaySpikes(trace, new FastestPath(trace));
    expect(spikes).toEqual([{ startMs: 2020, endMs: 2420, highestMs: 400 }]);
    expect(summarizeSpikes(spikes)).toEqual({
      thresholdMs: 100,
      count: 1,
      highestMs: 400,
      longestMs: 400,
    });
  });
});

describe('interarrival jitter', () => {
  it('moves by a sixteenth of each difference (RFC 3550 6.4.1)', () => {
    const trace = arrivalTrace([0, 16, 16, 0].map((delayMs) => ({ delayMs })));
    // 0, then 16/16 = 1, then 1 - 1/16, then that + (16 - that)/16.
    const third = 1 - 1 / 16;
    const last = third + (16 - third) / 16;
    const jitter = interarrivalJitter(trace);
    expect(jitter.lastMs).toBeCloseTo(last, 9);
    expect(jitter.maxMs).toBeCloseTo(last, 9);
    expect(jitter.meanMs).toBeCloseTo((0 + 1 + third + last) / 4, 9);
  });
});

describe('the fate of packets', () => {
  it('is told in the order of sending, whatever the order of arrival', () => {
    const trace = arrivalTrace([
      { delayMs: 0 },
      { delayMs: 300 },
      { delayMs: undefined },
      { delayMs: undefined },
      { delayMs: 0 },
      { delayMs: 0 },
    ]);
    expect(fateRuns(trace, ({ sequence }) => sequence !== 1)).toEqual([
      { fate: 'received', packets: 1 },
      { fate: 'discarded', packets: 1 },
      { fate: 'lost', packets: 2 },
      { fate: 'received', packets: 2 },
    ]);
  });
});
