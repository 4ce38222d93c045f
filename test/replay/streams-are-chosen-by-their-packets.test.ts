import { describe, expect, it } from 'vitest';
import { buildRtp } from '../../src/index.js';
import { chooseStream, readCapture, writePcap } from '../../src/replay/index.js';
import { type TimedPacket, talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { rtpdumpFile } from '../helpers/capture-bytes.js';

const CALL = fixtureCall().pcm;

function voice(seconds: number, ssrc: number, payloadType = 111): TimedPacket[] {
  const pcm = CALL.subarray(0, seconds * 16_000);
  return talk(pcm, { sampleRateHz: 16_000, ssrc, payloadType });
}

/** RTP of something else; `ticks` apart on its own clock. */
function other(count: number, ssrc: number, payloadType: number, ticks: number): TimedPacket[] {
  return Array.from({ length: count }, (_, i) => {
    const header = { payloadType, sequenceNumber: i, timestamp: (i * ticks) >>> 0, ssrc };
    return { atUs: i * 20_000, data: buildRtp(header, Buffer.alloc(160, i)) };
  });
}

function capture(...streams: readonly TimedPacket[][]): ReturnType<typeof readCapture> {
  return readCapture(writePcap(streams.flat().sort((a, b) => a.atUs - b.atUs)), 'call.pcap');
}

describe('the stream', () => {
  it('is the one with the most Opus packets', () => {
    const { ssrc, payloadType, packets } = chooseStream(capture(voice(1, 5), voice(2, 6, 96)));
    expect({ ssrc, payloadType, packets }).toEqual({ ssrc: 6, payloadType: 96, packets: 100 });
  });

  it('is not a longer one of G.711, of video or of what is no RTP', () => {
    const noise = Array.from({ length: 400 }, (_, i) => ({
      atUs: i * 1000,
      data: Buffer.alloc(40, i),
    }));
    const rtcp = Array.from({ length: 300 }, (_, i) => ({
      atUs: i * 1000,
      data: Buffer.from([0x80, 200, 0, 6, ...Buffer.alloc(24, 9)]),
    }));
    const streams = [voice(1, 5), other(200, 7, 0, 160), other(200, 8, 97, 3003), noise, rtcp];
    expect(chooseStream(capture(...streams))).toEqual({
      ssrc: 5,
      payloadType: 111,
      packets: 50,
      sourcePort: 40_000,
      destinationPort: 50_000,
    });
  });

  it('is the one that is named, by SSRC or by payload type', () => {
    const both = capture(voice(2, 5), voice(1, 6, 96));
    expect(chooseStream(both, { ssrc: 6 })).toMatchObject({ ssrc: 6, payloadType: 96 });
    expect(chooseStream(both, { payloadType: 96 })).toMatchObject({ ssrc: 6, payloadType: 96 });
    expect(chooseStream(both, { ssrc: 5, payloadType: 111 })).toMatchObject({ ssrc: 5 });
  });

  it('is believed to be Opus when its payload type is named', () => {
    const found = chooseStream(capture(other(50, 7, 8, 160)), { payloadType: 8 });
    expect(found).toMatchObject({ ssrc: 7, payloadType: 8, packets: 50 });
  });

  it('has no ports where the capture tells none', () => {
    const dump = rtpdumpFile(voice(1, 5).map(({ atUs, data }) => ({ atMs: atUs / 1000, data })));
    expect(chooseStream(readCapture(dump, 'x'))).toMatchObject({
      ssrc: 5,
      sourcePort: undefined,
      destinationPort: undefined,
    });
  });
});

describe('when there is no such stream the message', () => {
  it('says which there are', () => {
    expect(() => chooseStream(capture(voice(1, 5), other(9, 7, 0, 160)), { ssrc: 6 })).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_NO_STREAM',
        message:
          'call.pcap: no Opus stream with ssrc 6. It holds ' +
          'ssrc 5 (payload type 111, 50 packets, UDP 40000 > 50000); ' +
          'ssrc 7 (payload type 0, 9 packets, UDP 40000 > 50000). Name one by ssrc and payload type',
      }),
    );
  });

  it('does not list them without end', () => {
    const many = Array.from({ length: 5000 }, (_, i) => other(1, i, 0, 160)).flat();
    expect(() => chooseStream(capture(many))).toThrow(/ and 4088 more\. Name one/);
  });

  it('says that there is no RTP at all, and why', () => {
    const nothing = writePcap([{ atUs: 0, data: Buffer.from('hello') }]);
    expect(() => chooseStream(readCapture(nothing, 'x'))).toThrow(
      'x: no Opus stream: no RTP in its 1 records',
    );
  });

  it.each([
    [{ ssrc: -1 }, /ssrc to be a number in 0\.\.4294967295, got -1/],
    [{ ssrc: 2 ** 32 }, /got 4294967296/],
    [{ payloadType: 128 }, /payloadType to be a number in 0\.\.127, got 128/],
  ])('names the range of %j', (choice, message) => {
    expect(() => chooseStream(capture(voice(1, 5)), choice)).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_OPTION',
        message: expect.stringMatching(message),
      }),
    );
  });
});
