import { describe, expect, it } from 'vitest';
import { decodeDeltas } from '../../src/capture/fixed-length-deltas.js';
import { buildRtp, parseRtp } from '../../src/index.js';
import { chooseStream, listStreams, readCapture, replay } from '../../src/replay/index.js';
import { talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import {
  encodeDeltas,
  eventLog,
  type LoggedRtp,
  legacyEventLog,
} from '../helpers/event-log-bytes.js';
import { withPadding } from '../helpers/padding.js';

/** Packets of 20 ms across both wraps; every seventh is late by two, and one is missing. */
function packets(ssrc = 0xfeedbeef, count = 120, payloadType = 111): LoggedRtp[] {
  return Array.from({ length: count }, (_, index) => ({
    atUs: index * 20_000 + (index % 7 === 3 ? 41_000 : 0),
    data: buildRtp(
      {
        payloadType,
        sequenceNumber: (65_500 + index) & 0xffff,
        timestamp: (0xffffff00 + index * 960) >>> 0,
        ssrc,
        marker: index === 0,
      },
      Buffer.alloc(40 + (index % 9), 1),
    ),
  }))
    .filter((_, index) => index !== 50)
    .sort((a, b) => a.atUs - b.atUs);
}

const FORMATS: readonly (readonly [string, (packets: readonly LoggedRtp[]) => Buffer, number])[] = [
  ['of single events, in µs', (all) => legacyEventLog(all), 1],
  // Several batches, as they are written every few seconds; times are ms.
  [
    'of batches, in ms',
    (all) => eventLog([all.slice(0, 70), all.slice(70, 71), all.slice(71)]),
    1000,
  ],
];

describe.each(FORMATS)('an RTC event log %s', (_, write, unitUs) => {
  it('gives the headers of what came in, and how long their payloads were', () => {
    const sent = packets();
    const capture = readCapture(write(sent), 'x');
    const read = [...capture];

    expect(capture.format).toBe('rtc-event-log');
    expect(read).toHaveLength(sent.length);
    for (const [index, { atUs, data, payloadBytes }] of read.entries()) {
      const from = sent[index];
      if (from === undefined) throw new Error('fewer were sent');
      expect(atUs).toBe(Math.round(from.atUs / unitUs) * unitUs);
      expect(parseRtp(data)).toEqual({ ...parseRtp(from.data), payloadLength: 0 });
      expect(payloadBytes).toBe(from.data.length - 12);
    }
    expect(capture.counts).toMatchObject({ headersOnly: sent.length, skipped: {} });
  });

  it('is listed as Opus with its loss, and is given speech to be played', async () => {
    const bytes = write(packets());
    const { streams } = listStreams(readCapture(bytes, 'x'));
    expect(streams).toMatchObject([
      {
        ssrc: 0xfeedbeef,
        payloadTypes: [{ payloadType: 111, rtpmap: 'opus/48000/2' }],
        packets: 119,
        headersOnly: 119,
        lost: 1,
        isEncrypted: false,
      },
    ]);
    expect(chooseStream(readCapture(bytes, 'x'))).toMatchObject({ packets: 119, headersOnly: 119 });
    const report = await replay(readCapture(bytes, 'x'));
    expect(report.packets).toMatchObject({ received: 119, lost: 1 });
    expect(report.speech).toMatchObject({ speech: 'synthetic voice', tracedPayloadType: 111 });
  });

  it('is cut where it ends inside an event', () => {
    const bytes = write(packets());
    const capture = readCapture(bytes.subarray(0, bytes.length - 3 - 8), 'x');
    expect([...capture].length).toBeGreaterThan(60);
    expect(capture.counts.truncatedAtOffset).toBeGreaterThan(0);
  });
});

describe('an RTC event log', () => {
  it('puts the streams of a batch back into the order of time', () => {
    const one = packets(1, 300);
    const other = packets(2, 300).map(({ atUs, data }) => ({ atUs: atUs + 5000, data }));
    const read = [...readCapture(eventLog([one, other]), 'x')];
    const times = read.map(({ atUs }) => atUs);
    expect(read).toHaveLength(one.length + other.length);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('leaves out what was sent, and counts what it knows as video', () => {
    const video = packets(7, 30, 96);
    const sent = packets(8, 30).map((packet) => ({ ...packet, isIncoming: false }));
    const legacy = readCapture(
      legacyEventLog([...packets(1, 30), ...video, ...sent], { videoSsrc: 7 }),
      'x',
    );
    expect([...legacy]).toHaveLength(30);
    expect(legacy.counts.skipped).toEqual({ video: 30 });

    const batches = readCapture(eventLog([packets(1, 30), video], { videoSsrc: 7 }), 'x');
    expect([...batches]).toHaveLength(30);
    expect(batches.counts.skipped).toEqual({ video: 30 });
  });

  it('of batches tells padding from a payload that it did not keep', async () => {
    const sent = talk(fixtureCall().pcm.subarray(0, 64_000), { sampleRateHz: 16_000, ssrc: 1 });
    const padded = withPadding(sent, 5);
    const capture = readCapture(eventLog([padded]), 'x');
    const [stream] = listStreams(capture).streams;
    expect(stream).toMatchObject({
      packets: padded.length,
      headersOnly: sent.length,
      paddingPackets: padded.length - sent.length,
      lost: 0,
    });
    const played = await replay(capture);
    expect(played.packets).toMatchObject({ received: padded.length, lost: 0, malformed: 0 });
    expect(played.audio.provenanceMs).toEqual(
      (await replay(readCapture(eventLog([sent]), 'x'))).audio.provenanceMs,
    );
  });

  it('says where an event is damaged', () => {
    const bytes = legacyEventLog(packets());
    bytes.fill(0xff, 60, 80);
    expect(() => [...readCapture(bytes, 'x')]).toThrow(/^x, byte \d+: (no event|an event)/);
  });
});

describe('differences of one width', () => {
  it.each([
    ['that grow', [5, 6, 9, 9, 40], 'unsigned'],
    ['that wrap', [65_534, 65_535, 0, 1], 'unsigned'],
    ['that go both ways', [1000, 990, 1010, 1000, 999], 'signed'],
    ['some of which are missing', [3, undefined, 5, undefined, 9], 'unsigned'],
    ['all the same', [7, 7, 7], 'unsigned'],
    ['of times in ms', [1_700_000_000_000, 1_700_000_000_020, 1_700_000_000_999], 'unsigned'],
  ] as const)('%s come back', (_, values, sign) => {
    const [first, ...others] = values;
    expect(decodeDeltas(encodeDeltas(values, sign), first, others.length)).toEqual(others);
  });

  it.each([
    ['another encoding', Uint8Array.of(0b1000_0000, 0, 0)],
    ['fewer bits than differences', encodeDeltas([1, 2, 3])],
    ['differences wider than values', Uint8Array.of(0b0111_1111, 0b0000_0001, 0)],
  ])('of %s are none', (_, bytes) => {
    expect(decodeDeltas(bytes, 0, 500)).toBeUndefined();
  });
});
