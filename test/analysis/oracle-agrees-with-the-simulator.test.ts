import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FrameAvailability } from '../../src/analysis/frame-availability.js';
import { inOrderDelivery } from '../../src/analysis/in-order-delivery.js';
import { fixedDelays } from '../../src/analysis/oracle.js';
import { chooseStream, openCapture } from '../../src/replay/index.js';
import { traceOfStream } from '../../src/replay/stream-trace.js';
import { arrivalTrace } from '../helpers/arrival-trace.js';
import { corpusFolder } from '../helpers/corpus.js';

describe('the oracle', () => {
  it.for([
    'clean',
    'iid5_fec',
    'iid20_fec',
    'wifi_hold',
    'steps',
    'drift+300',
    'drift-300',
    'stall1s_released',
  ])('finds on %s the delays and the loss that the simulator made', (condition, ctx) => {
    const folder = join(corpusFolder(ctx), 'netsim');
    const truth = JSON.parse(readFileSync(join(folder, 'neteq.json'), 'utf8'))[condition];
    const capture = openCapture(join(folder, `${condition}.pcap`));
    const frames = new FrameAvailability(traceOfStream(capture, chooseStream(capture)));

    const came = [...frames]
      .map(({ ownDelayMs }) => ownDelayMs)
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
    const p95Ms = came[Math.floor(came.length * 0.95)] ?? 0;
    const floor = fixedDelays(frames, 'with-copies').at(-1)?.concealedRatio ?? 1;

    expect(Math.abs(p95Ms - truth.network_ms.p95)).toBeLessThan(0.5 + 0.02 * truth.network_ms.p95);
    expect(Math.abs(floor * 100 - truth.loss_floor_pct)).toBeLessThan(0.05);
  });

  it('lets a recognizer wait for order alone, and for nothing that comes after its deadline', () => {
    const frames = new FrameAvailability(
      arrivalTrace([
        { delayMs: 0 },
        { delayMs: 45 },
        { delayMs: 0 },
        { delayMs: 0 },
        { delayMs: 0 },
        { delayMs: 900 },
      ]),
    );

    const curve = inOrderDelivery(frames);

    // Without waiting two are given up; at 50 ms the second holds up the two behind it by 25 and 5 ms.
    expect(curve[0]).toEqual({ delayMs: 0, concealedRatio: 2 / 6 });
    expect(curve.find(({ concealedRatio }) => concealedRatio < 0.2)?.delayMs).toBeCloseTo(
      (45 + 25 + 5) / 6,
      10,
    );
    expect(curve.at(-1)).toEqual({ delayMs: (45 + 25 + 5 + 900) / 6, concealedRatio: 0 });
  });
});
