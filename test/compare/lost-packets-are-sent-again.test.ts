import { describe, expect, it } from 'vitest';
import { Retransmission } from '../../src/compare/retransmission.js';
import { buildRtp } from '../../src/index.js';

const FRAME_US = 20_000;
const sent = Array.from({ length: 70_000 }, (_, n) => ({
  atUs: n * FRAME_US,
  data: buildRtp(
    { payloadType: 111, sequenceNumber: n & 0xffff, timestamp: (n * 960) >>> 0, ssrc: 1 },
    Uint8Array.of(n >> 16, 1),
  ),
}));

describe('a sender who is asked', () => {
  it('answers a round trip later, whatever the path itself takes', () => {
    const sender = new Retransmission(sent, { seed: 1, baseDelayMs: 300 }, 60);

    sender.request([{ sequenceNumber: 5, untilUs: 1e9 }], 1_000_000);

    expect(sender.take()).toEqual({ atUs: 1_060_000, data: sent[5]?.data });
    expect(sender.next).toBeUndefined();
  });

  it('sends the newest packet of a number, and none that was not sent yet', () => {
    const sender = new Retransmission(sent, { seed: 1 }, 40);

    sender.request([{ sequenceNumber: 900, untilUs: 1e9 }], 900 * FRAME_US - 30_000);
    expect(sender.next).toBeUndefined();
    sender.request([{ sequenceNumber: 900, untilUs: 1e12 }], (65_536 + 901) * FRAME_US);
    expect(sender.take()?.data).toEqual(sent[65_536 + 900]?.data);
    expect([sender.requested, sender.resent]).toEqual([2, 1]);
  });

  it('loses answers as often as the network loses packets, the same on every run', () => {
    const resentOf = (): number => {
      const sender = new Retransmission(sent, { seed: 9, loss: { kind: 'iid', ratio: 0.3 } }, 40);
      for (let n = 0; n < 2000; n++) {
        sender.request([{ sequenceNumber: n, untilUs: 1e12 }], (n + 2) * FRAME_US);
      }
      return sender.resent;
    };

    expect(resentOf()).toBeGreaterThan(1300);
    expect(resentOf()).toBeLessThan(1500);
    expect(resentOf()).toBe(resentOf());
  });
});
