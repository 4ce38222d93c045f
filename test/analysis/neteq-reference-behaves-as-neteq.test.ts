import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArrivalHistory } from '../../src/analysis/neteq/arrival-history.js';
import { type DecisionState, decide } from '../../src/analysis/neteq/decision.js';
import { DelayHistogram } from '../../src/analysis/neteq/delay-histogram.js';
import { PacketStore } from '../../src/analysis/neteq/packet-store.js';
import { ReorderOptimizer } from '../../src/analysis/neteq/reorder-optimizer.js';
import { UnderrunOptimizer } from '../../src/analysis/neteq/underrun-optimizer.js';
import { netEqReference } from '../../src/analysis/neteq-reference.js';
import { chooseStream, openCapture } from '../../src/replay/index.js';
import { traceOfStream } from '../../src/replay/stream-trace.js';
import { arrivalTrace } from '../helpers/arrival-trace.js';
import { corpusFolder } from '../helpers/corpus.js';

const steady: DecisionState = {
  lastMode: 'normal',
  targetMs: 40,
  highMs: 80,
  playoutDelayMs: 50,
  leapMs: 0,
  spanMs: 40,
  hasSilencePacket: 'no',
  generatedMs: 0,
  stretching: 'allowed',
};

describe('the NetEQ-like reference', () => {
  it('forgets what it counted at first faster than later', () => {
    const histogram = new DelayHistogram({ keptRatio: 0.983 });
    histogram.add(500);
    histogram.add(0);

    expect(histogram.share(0)).toBe(1);

    for (let n = 0; n < 300; n++) histogram.add(n % 10 === 0 ? 90 : 5);
    expect(histogram.quantile(0.95)).toBe(4);
    expect(histogram.quantile(0.8)).toBe(0);
  });

  it('aims no lower than 20 ms, and believes a greater delay after half a second', () => {
    const optimizer = new UnderrunOptimizer();
    for (let nowMs = 0; nowMs <= 500; nowMs += 20) optimizer.update(0, nowMs);
    expect(optimizer.optimalDelayMs).toBeUndefined();

    optimizer.update(65, 520);
    expect(optimizer.optimalDelayMs).toBe(20);
    optimizer.update(0, 1040);
    expect(optimizer.optimalDelayMs).toBe(80);
  });

  it('waits for overtaken packets when 20 ms buy more than a percent of them', () => {
    const rare = new ReorderOptimizer();
    const common = new ReorderOptimizer();
    let [rareMs, commonMs] = [0, 0];
    for (let n = 0; n < 2000; n++) {
      rareMs = rare.update(n % 500 === 0 ? 50 : 0, 20);
      commonMs = common.update(n % 20 === 0 ? 50 : 0, 20);
    }

    expect(rareMs).toBe(20);
    expect(commonMs).toBe(60);
  });

  it('measures delays over the quickest packet of 2 s', () => {
    const history = new ArrivalHistory();
    expect(history.add(0, 20, 100)).toBe('newest');
    expect(history.add(20, 20, 160)).toBe('newest');
    expect(history.add(60, 20, 170)).toBe('newest');
    expect(history.add(40, 20, 180)).toBe('overtaken');
    expect(history.add(40, 20, 190)).toBe('known');

    expect(history.maxDelayMs).toBe(40);
    expect(history.delayMs(40, 180)).toBe(40);

    history.add(2041, 20, 2200);
    expect(history.delayMs(2041, 2200)).toBe(49);
    history.add(2081, 20, 2220);
    expect(history.delayMs(2081, 2230)).toBe(10);
  });

  it('throws all packets away when 200 wait', () => {
    const store = new PacketStore();
    for (let n = 0; n <= 200; n++) {
      store.add({ mediaTicks: n * 960, durationTicks: 960, content: 'audio', storedMs: 0 });
    }

    expect(store.first?.mediaTicks).toBe(200 * 960);
  });

  it('plays faster above its band and slower below it, and leaves audio alone within', () => {
    expect(decide({ ...steady, playoutDelayMs: 80 })).toBe('accelerate');
    expect(decide({ ...steady, playoutDelayMs: 39 })).toBe('preemptive-expand');
    expect(decide(steady)).toBe('normal');
    expect(decide({ ...steady, playoutDelayMs: 80, stretching: 'too-soon' })).toBe('normal');
    expect(decide({ ...steady, playoutDelayMs: 320, stretching: 'too-soon' })).toBe('accelerate');
    expect(decide({ ...steady, playoutDelayMs: 80, lastMode: 'expanded' })).toBe('normal');
  });

  it('conceals a gap as long as it is, and merges', () => {
    const gap: DecisionState = { ...steady, leapMs: 20 };
    expect(decide(gap)).toBe('expand');
    expect(decide({ ...gap, lastMode: 'expanded', generatedMs: 10 })).toBe('expand');
    expect(decide({ ...gap, lastMode: 'expanded', generatedMs: 20 })).toBe('merge');
    expect(decide({ ...gap, lastMode: 'expanded', generatedMs: 10, spanMs: 91 })).toBe('merge');
  });

  it('waits for half its target after a long concealment, but not before a pause', () => {
    const begun: DecisionState = { ...steady, lastMode: 'expanded', generatedMs: 100, spanMs: 10 };
    expect(decide(begun)).toBe('expand');
    expect(decide({ ...begun, spanMs: 20 })).toBe('normal');
    expect(decide({ ...begun, hasSilencePacket: 'yes' })).toBe('normal');
    expect(decide({ ...begun, lastMode: 'noise', leapMs: undefined })).toBe('noise');
  });

  it('conceals what is lost and nothing else, the same on every run', () => {
    const trace = arrivalTrace(
      Array.from({ length: 1000 }, (_, n) => ({
        delayMs: n % 50 === 49 ? undefined : (n * 7) % 3,
      })),
    );

    const reference = netEqReference(trace);

    expect(reference.concealmentEvents).toBe(19);
    expect(reference.concealedRatio).toBeCloseTo(0.02, 2);
    expect(netEqReference(trace)).toEqual(reference);
  });

  it('plays a copy in place of a lost packet once it has learnt to wait for it', () => {
    const lossy = (copies: number) =>
      arrivalTrace(
        Array.from({ length: 1500 }, (_, n) => ({
          delayMs: n % 20 === 19 ? undefined : 1,
          copies,
        })),
      );

    const [plain, copied] = [netEqReference(lossy(0)), netEqReference(lossy(1))];

    expect(plain.concealedRatio).toBeGreaterThan(0.045);
    expect(copied.concealedRatio).toBeLessThan(0.005);
    expect(copied.delayMs.mean).toBeGreaterThan(plain.delayMs.mean + 10);
  });

  it.for(['clean', 'iid5_fec', 'wifi_hold', 'steps'])(
    'has the mean delay of libwebrtc on %s to within 10 %%',
    (condition, ctx) => {
      const folder = join(corpusFolder(ctx), 'netsim');
      const neteq = JSON.parse(readFileSync(join(folder, 'neteq.json'), 'utf8'))[condition];
      const capture = openCapture(join(folder, `${condition}.pcap`));

      const reference = netEqReference(traceOfStream(capture, chooseStream(capture)));

      expect(reference.delayMs.mean / neteq.mean_e2e_ms).toBeGreaterThan(0.9);
      expect(reference.delayMs.mean / neteq.mean_e2e_ms).toBeLessThan(1.1);
      expect(Math.abs(reference.concealedRatio * 100 - neteq.concealed_pct)).toBeLessThan(0.1);
    },
  );
});
