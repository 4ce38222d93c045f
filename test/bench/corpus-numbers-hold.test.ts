import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCall } from '../../bench/corpus/call.js';
import { geometricMean, readConditions } from '../../bench/corpus/conditions.js';
import { followDelay, measurePlayout } from '../../bench/corpus/playout.js';
import { measureRecognizer } from '../../bench/corpus/recognizer.js';
import { TICK_PHASES_US } from '../../bench/corpus/tables.js';
import { corpusFolder } from '../helpers/corpus.js';

const LONG_MS = 120_000;

describe('playout beside NetEQ on the same packets', () => {
  it(
    'costs at most 0.60 of it in the geometric mean, and nowhere more than 0.97',
    (ctx) => {
      const ratios = readConditions(corpusFolder(ctx)).map(({ name, path, drifts, neteqCost }) => {
        const call = readCall(path, drifts);
        const costs = TICK_PHASES_US.map((phaseUs) => measurePlayout(call, { phaseUs }).cost);
        const ratio = costs.reduce((sum, one) => sum + one, 0) / costs.length / neteqCost;
        expect(ratio, name).toBeLessThanOrEqual(0.97);
        return ratio;
      });
      expect(geometricMean(ratios)).toBeLessThanOrEqual(0.6);
    },
    LONG_MS,
  );

  it(
    'is back under 150 ms within 2 s of the end of a stall of one second',
    (ctx) => {
      const call = readCall(join(corpusFolder(ctx), 'netsim', 'stall1s_released.pcap'), 'steady');
      for (const phaseUs of TICK_PHASES_US) {
        followDelay(call, phaseUs, (atUs, delayMs) => {
          for (const stallSeconds of [20, 45, 70, 95]) {
            const sinceReleaseUs = atUs - (stallSeconds + 1) * 1e6;
            if (sinceReleaseUs > 2e6 && sinceReleaseUs < 20e6) {
              expect(delayMs, `${atUs / 1e6} s`).toBeLessThan(150);
            }
          }
        });
      }
    },
    LONG_MS,
  );

  it(
    'overshoots a step of 200 ms by at most 20 ms',
    (ctx) => {
      const call = readCall(join(corpusFolder(ctx), 'netsim', 'steps.pcap'), 'steady');
      for (let phaseUs = 0; phaseUs < 10_000; phaseUs += 1250) {
        let peakMs = 0;
        const settledMs: number[] = [];
        followDelay(call, phaseUs, (atUs, delayMs) => {
          if (atUs > 70e6 && atUs < 80e6) peakMs = Math.max(peakMs, delayMs);
          if (atUs > 80e6 && atUs < 94e6) settledMs.push(delayMs);
        });
        const meanMs = settledMs.reduce((sum, one) => sum + one, 0) / settledMs.length;
        expect(peakMs - meanMs, `phase ${phaseUs} µs`).toBeLessThanOrEqual(20);
      }
    },
    LONG_MS,
  );

  it(
    'plays no speech later than maxDelayMs',
    (ctx) => {
      for (const name of ['wifi_hold', 'wifi_bad', 'corr_lte', 'spike400', 'stall1s_released']) {
        const call = readCall(join(corpusFolder(ctx), 'netsim', `${name}.pcap`), 'steady');
        for (const phaseUs of TICK_PHASES_US) {
          const { maxDelayMs } = measurePlayout(call, { phaseUs, maxDelayMs: 150 });
          expect(maxDelayMs, `${name}, phase ${phaseUs} µs`).toBeLessThanOrEqual(150);
        }
      }
    },
    LONG_MS,
  );
});

describe('the recognizer on the same packets', () => {
  it(
    'gets every frame as soon as order allows, and conceals no more than nobody could have had',
    async (ctx) => {
      for (const condition of readConditions(corpusFolder(ctx))) {
        const { name, path, drifts, networkP50Ms, lossFloorPercent, laterThan150Percent } =
          condition;
        const call = readCall(path, drifts);
        const heard = await measureRecognizer(path, call);
        const hasOrder = heard.inOrderP50Ms < networkP50Ms + 0.2 && lossFloorPercent === 0;
        const bestMs = hasOrder ? networkP50Ms + 1 : heard.inOrderP50Ms + 5;
        expect(heard.p50Ms, name).toBeLessThanOrEqual(bestMs);
        expect(heard.concealedPercent, name).toBeLessThanOrEqual(
          lossFloorPercent + laterThan150Percent + 0.001,
        );
        expect(heard.repairedConcealedPercent, name).toBeLessThanOrEqual(lossFloorPercent + 0.1);
        expect(heard.misses, name).toBe(0);
      }
    },
    LONG_MS,
  );
});
