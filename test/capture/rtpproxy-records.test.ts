import { describe, expect, it } from 'vitest';
import { readCapture, replay } from '../../src/replay/index.js';
import { talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { rtpproxyFile } from '../helpers/recording-bytes.js';

const CALL = fixtureCall().pcm.subarray(0, 16_000);
// A frame is sent when it is whole; captures count from their first packet.
const PACKETS = talk(CALL, { sampleRateHz: 16_000, ssrc: 77 }).map(({ atUs, data }) => ({
  atUs: atUs - 20_000,
  data,
}));

describe('a recording of rtpproxy', () => {
  it.each([
    ['by the wall clock', { startSeconds: 1_400_000_000 }],
    ['by the time since the machine began', { startSeconds: 91_384 }],
    ['of IPv6', { isIpv6: true }],
  ])('is read: %s', async (_, kind) => {
    const capture = readCapture(rtpproxyFile(PACKETS, kind), 'x');
    const read = [...capture];

    expect(capture.format).toBe('rtpproxy');
    expect(read.map(({ data }) => Buffer.from(data))).toEqual(
      PACKETS.map(({ data }) => Buffer.from(data)),
    );
    for (const [index, { atUs }] of read.entries()) {
      // A double holds such a time to a quarter of a µs.
      expect(Math.abs(atUs - (PACKETS[index]?.atUs ?? Number.NaN))).toBeLessThanOrEqual(1);
    }
    expect((await replay(capture)).packets).toMatchObject({ received: 50, lost: 0 });
  });

  it('says where a record is damaged', () => {
    const bytes = rtpproxyFile(PACKETS);
    const second = 30 + (PACKETS[0]?.data.length ?? 0);
    bytes.writeUInt16LE(7, second);
    expect(() => [...readCapture(bytes, 'x')]).toThrow(`x, byte ${second}: no record of rtpproxy`);
  });
});
