import { describe, expect, it } from 'vitest';
import { buildRtp, findRtpExtension, parseOpus, parseRtp } from '../../src/index.js';
import { spokenPackets } from '../helpers/rtp-call.js';

describe('RTP', () => {
  it('reads what it wrote, at the edges of every field', () => {
    for (const edge of [0, 1]) {
      const fields = {
        payloadType: edge * 127,
        sequenceNumber: edge * 0xffff,
        timestamp: edge * 0xffffffff,
        ssrc: edge * 0xffffffff,
        marker: false,
      };
      const packet = buildRtp(fields, Uint8Array.of(1, 2, 3));
      expect(parseRtp(packet)).toEqual({ ...fields, payloadOffset: 12, payloadLength: 3 });
    }
  });

  it('says undefined to what is no RTP', () => {
    const rtcpReceiverReport = Uint8Array.of(0x81, 201, 0, 7, ...new Array(28).fill(0));
    for (const bytes of [new Uint8Array(0), new Uint8Array(11), rtcpReceiverReport]) {
      expect(parseRtp(bytes)).toBeUndefined();
    }
  });

  it('finds a header extension by its id', () => {
    const packet = Uint8Array.of(
      ...[0x90, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7],
      ...[0xbe, 0xde, 0, 1, 0x10, 0xa5, 0, 0],
      0x78,
    );
    expect(findRtpExtension(packet, 1)).toEqual(Uint8Array.of(0xa5));
    expect(findRtpExtension(packet, 2)).toBeUndefined();
    expect(() => findRtpExtension(packet, 0)).toThrowError('1..255');
  });

  it('tells what an Opus packet is without decoding it', () => {
    const infos = spokenPackets(4000, { fec: 'on', frameMs: 60 }).map((one) =>
      parseOpus(one.payload),
    );
    expect(infos.every((info) => info?.durationTicks === 2880)).toBe(true);
    expect(infos.some((info) => info?.hasLbrr)).toBe(true);
    expect(parseOpus(Uint8Array.of(0x7b))).toBeUndefined();
  });
});
