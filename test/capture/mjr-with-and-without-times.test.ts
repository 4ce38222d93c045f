import { describe, expect, it } from 'vitest';
import { buildRtp } from '../../src/index.js';
import { chooseStream, listStreams, readCapture, replay } from '../../src/replay/index.js';
import { talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { mjrFile, type RecordedPacket, untimedMjrFile } from '../helpers/recording-bytes.js';

const OPUS = talk(fixtureCall().pcm.subarray(0, 16_000), { sampleRateHz: 16_000, ssrc: 77 }).map(
  ({ atUs, data }, index) => ({ atUs: atUs - 20_000 + (index % 3) * 4000, data }),
);
const DESCRIPTION = { t: 'a', c: 'opus', s: 1, u: 2 };

function linear(count: number): RecordedPacket[] {
  return Array.from({ length: count }, (_, index) => ({
    atUs: index * 20_000,
    data: buildRtp(
      { payloadType: 97, sequenceNumber: index, timestamp: index * 320, ssrc: 5 },
      Buffer.alloc(640, index),
    ),
  }));
}

describe('a recording of Janus', () => {
  it('tells when its packets came', () => {
    const capture = readCapture(mjrFile(OPUS, DESCRIPTION), 'x');
    expect([...capture].map(({ atUs, data }) => ({ atUs, data: Buffer.from(data) }))).toEqual(
      OPUS.map(({ atUs, data }) => ({
        atUs: Math.round(atUs / 1000) * 1000,
        data: Buffer.from(data),
      })),
    );
    expect(capture).toMatchObject({
      format: 'mjr',
      rtpmap: 'opus/48000/2',
      counts: { records: 50, untimed: 0 },
    });
  });

  it('is replayed', async () => {
    const { packets, capture } = await replay(readCapture(mjrFile(OPUS, DESCRIPTION), 'x'));
    expect(packets).toMatchObject({ received: 50, lost: 0 });
    expect(capture.stream.codecs).toEqual({ 111: 'opus/48000/2' });
  });

  it('says itself what a dynamic payload type is', () => {
    const bytes = mjrFile(linear(60), { ...DESCRIPTION, c: 'l16' });
    expect(chooseStream(readCapture(bytes, 'x')).codecs).toEqual({ 97: 'L16/16000' });
    expect(listStreams(readCapture(bytes, 'x')).streams[0]?.payloadTypes).toEqual([
      { payloadType: 97, packets: 60, rtpmap: 'L16/16000' },
    ]);
  });

  it.each([
    ['MJR00001', DESCRIPTION],
    ['of the first kind', 'audio'],
  ])('without times takes those of its timestamps, which never go back: %s', (_, description) => {
    const late = [
      ...OPUS.slice(0, 10),
      ...OPUS.slice(11, 13),
      ...OPUS.slice(10, 11),
      ...OPUS.slice(13),
    ];
    const capture = readCapture(untimedMjrFile(late, description), 'x');
    const read = [...capture];

    expect(capture.counts.untimed).toBe(50);
    expect(read.map(({ data }) => Buffer.from(data))).toEqual(
      late.map(({ data }) => Buffer.from(data)),
    );
    expect(read.slice(9, 14).map(({ atUs }) => atUs)).toEqual([
      180_000, 220_000, 240_000, 240_000, 260_000,
    ]);
  });

  it.each([
    ['video', mjrFile([], { t: 'v', c: 'vp8' }), 'x, byte 10: a recording of something else'],
    [
      'video of the first kind',
      untimedMjrFile([], 'video'),
      'x, byte 10: a recording of something',
    ],
    [
      'audio that only its callers can hear',
      mjrFile([], { ...DESCRIPTION, e: true }),
      'x, byte 10: a recording that is encrypted end to end',
    ],
    [
      'no JSON',
      untimedMjrFile([], { t: 'a' }).fill(0x20, 10),
      'x, byte 10: the description is not',
    ],
  ])('of %s is refused', (_, bytes, message) => {
    expect(() => [...readCapture(bytes, 'x')]).toThrow(message);
  });

  it('says where a frame is damaged', () => {
    const bytes = mjrFile(OPUS, DESCRIPTION);
    const at = bytes.indexOf('MEET', 200);
    bytes.write('MELT', at);
    expect(() => [...readCapture(bytes, 'x')]).toThrow(`x, byte ${at}: no frame: MEET expected`);
  });
});
