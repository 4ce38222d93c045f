import { describe, expect, it } from 'vitest';
import { buildRtp } from '../../src/index.js';
import { chooseStream, readCapture, replay, writePcap } from '../../src/replay/index.js';
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
  it('is the one with the most packets that can be played', () => {
    const found = chooseStream(capture(voice(1, 5), voice(2, 6, 96)));
    expect(found).toMatchObject({ ssrc: 6, payloadType: 96, packets: 100 });
    expect(found.codecs).toEqual({ 96: 'opus/48000/2' });

    const longer = chooseStream(capture(voice(1, 5), other(60, 7, 8, 160)));
    expect(longer).toMatchObject({ ssrc: 7, payloadType: 8, packets: 60 });
    expect(longer.codecs).toEqual({ 8: 'PCMA/8000' });
  });

  it('may change its codec, and send comfort noise', () => {
    const noise = other(3, 5, 13, 800).map(({ atUs, data }) => ({ atUs: atUs + 7, data }));
    const found = chooseStream(capture(other(20, 5, 0, 160), other(9, 5, 8, 160), noise));
    expect(found).toMatchObject({ ssrc: 5, payloadType: 0, packets: 32 });
    expect(found.codecs).toEqual({ 0: 'PCMU/8000', 8: 'PCMA/8000', 13: 'CN/8000' });
  });

  it('may be RED of Opus, which needs no telling', async () => {
    const payloads = voice(2, 5).map(({ data }) => Buffer.from(data.subarray(12)));
    const packets = voice(2, 5, 63).map(({ atUs, data }, index) => {
      const copy = payloads[index - 1];
      // RFC 2198 3: payload type, how long before in ticks, length; then the payload type of the newest.
      const headers = Buffer.alloc(copy === undefined ? 1 : 5, 111);
      if (copy !== undefined) {
        headers.writeUInt32BE((0x80 + 111) * 2 ** 24 + 960 * 2 ** 10 + copy.length, 0);
      }
      const parts = [data.subarray(0, 12), headers, copy ?? Buffer.alloc(0), data.subarray(12)];
      return { atUs, data: Buffer.concat(parts) };
    });
    const lossy = packets.filter((_, index) => index % 10 !== 5);
    expect(chooseStream(capture(lossy))).toMatchObject({
      payloadType: 63,
      codecs: { 63: 'red/48000/2', 111: 'opus/48000/2' },
    });
    const { audio, packets: counts } = await replay(capture(lossy));
    expect(counts).toMatchObject({ received: 90, lost: 10 });
    expect(audio.provenanceMs).toMatchObject({ received: 1800, red: 200 });
  });

  it('is not one of comfort noise alone', () => {
    expect(() => chooseStream(capture(other(9, 5, 13, 160)))).toThrow(
      expect.objectContaining({ code: 'EARSHOT_NO_STREAM' }),
    );
  });

  it('is what the codecs say, whatever it looks like', () => {
    const codecs = { 97: 'L16/16000', 101: 'telephone-event/8000' };
    const keys = other(90, 9, 101, 160);
    const found = chooseStream(capture(voice(1, 5), other(40, 7, 97, 80), keys), { codecs });
    expect(found).toMatchObject({ ssrc: 7, payloadType: 97, codecs: { 97: 'L16/16000' } });
    // Static types need no telling.
    expect(chooseStream(capture(other(50, 8, 0, 160)), { codecs })).toMatchObject({ ssrc: 8 });
  });

  it('is not a longer one of encrypted G.711, of video or of what is no RTP', () => {
    const noise = Array.from({ length: 400 }, (_, i) => ({
      atUs: i * 1000,
      data: Buffer.alloc(40, i),
    }));
    const rtcp = Array.from({ length: 300 }, (_, i) => ({
      atUs: i * 1000,
      data: Buffer.from([0x80, 200, 0, 6, ...Buffer.alloc(24, 9)]),
    }));
    // SRTP adds its tag.
    const encrypted = other(200, 7, 0, 160).map(({ atUs, data }) => ({
      atUs,
      data: Buffer.concat([data, Buffer.alloc(10, 1)]),
    }));
    const streams = [voice(1, 5), encrypted, other(200, 8, 97, 3003), noise, rtcp];
    expect(chooseStream(capture(...streams))).toEqual({
      ssrc: 5,
      payloadType: 111,
      codecs: { 111: 'opus/48000/2' },
      packets: 50,
      headersOnly: 0,
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
          'call.pcap: no stream that can be played with ssrc 0x00000006. It holds ' +
          'ssrc 0x00000005 (payload type 111, 50 packets, UDP 40000 > 50000); ' +
          'ssrc 0x00000007 (payload type 0 PCMU, 9 packets, UDP 40000 > 50000). ' +
          'Opus, PCMU, PCMA and L16 can be played: say what a dynamic payload type is by --codec, as 96=opus/48000/2',
      }),
    );
  });

  it.each([
    [3, 'GSM'],
    [4, 'G723'],
    [9, 'G722'],
    [15, 'G728'],
    [18, 'G729'],
  ])('names the codec of payload type %i', (type, name) => {
    expect(() => chooseStream(capture(other(9, 7, type, 160)))).toThrow(
      `ssrc 0x00000007 (payload type ${type} ${name}, 9 packets`,
    );
  });

  it('says which payload types were to be played', () => {
    const codecs = { 96: 'L16/16000', 97: 'opus/48000/2' };
    expect(() => chooseStream(capture(voice(1, 5)), { codecs })).toThrow(
      'no stream that can be played with payload type 96 or 97. It holds ssrc 0x00000005',
    );
  });

  it('does not list them without end', () => {
    const many = Array.from({ length: 5000 }, (_, i) => other(1, i, 18, 160)).flat();
    expect(() => chooseStream(capture(many))).toThrow(/ and 4088 more\. Opus/);
  });

  it('says that there is no RTP at all, and why', () => {
    const nothing = writePcap([{ atUs: 0, data: Buffer.from('hello') }]);
    expect(() => chooseStream(readCapture(nothing, 'x'))).toThrow(
      'x: no stream that can be played: no RTP in its 1 records',
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
