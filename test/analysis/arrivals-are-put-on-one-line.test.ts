import { describe, expect, it } from 'vitest';
import { ArrivalTrace } from '../../src/analysis/arrival-trace.js';
import { ProvenanceTrack } from '../../src/analysis/cell-track.js';
import { analyzeNetwork } from '../../src/analysis/network-analysis.js';
import { packetReader } from '../../src/analysis/packet-reading.js';
import { buildRtp, OpusEncoder, type RtpFields } from '../../src/index.js';
import { inspectRtp } from '../../src/receiver/rtp-packet.js';

const FRAME_TICKS = 960;
const fields = { payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 7 };

function traceOf(
  packets: readonly (Partial<RtpFields> & { readonly atUs: number; readonly data?: Uint8Array })[],
  codecs: Readonly<Record<number, string>> = { 0: 'PCMU/8000' },
): ArrivalTrace {
  const trace = new ArrivalTrace();
  const read = packetReader(codecs);
  for (const { atUs, data = new Uint8Array(160), ...others } of packets) {
    const packet = buildRtp({ ...fields, ...others }, data);
    const header = inspectRtp(packet);
    if (header === undefined) throw new Error('not RTP');
    trace.add(header, read({ header, data: packet, atUs }));
  }
  return trace;
}

describe('arrivals are put on one line', () => {
  it('are 4.5 million at most in 125 MB, and the rest is counted', () => {
    const bytesBefore = process.memoryUsage().arrayBuffers;
    const trace = traceOf([{ atUs: 0 }]);
    const header = { ...fields, marker: false, payloadOffset: 12, payloadLength: 160 };
    const reading = packetReader({ 0: 'PCMU/8000' })({
      header: { ...header, opus: undefined },
      data: new Uint8Array(172),
      atUs: 0,
    });
    for (let packet = 1; packet < 4_500_003; packet++) {
      trace.add({ ...header, sequenceNumber: packet & 0xffff }, reading);
    }

    expect(process.memoryUsage().arrayBuffers - bytesBefore).toBeLessThan(125e6);
    expect([trace.length, trace.untraced]).toEqual([4_500_000, 3]);
    expect(analyzeNetwork(trace, new ProvenanceTrack()).report.untracedPackets).toBe(3);
  });

  it('numbers and timestamps go on over both wraps, and back for what was overtaken', () => {
    const trace = traceOf([
      { sequenceNumber: 65535, timestamp: 2 ** 32 - 160, atUs: 0 },
      { sequenceNumber: 1, timestamp: 160, atUs: 40_000 },
      { sequenceNumber: 0, timestamp: 0, atUs: 41_000 },
    ]);

    expect([...trace].map(({ sequence }) => sequence)).toEqual([0, 2, 1]);
    expect([...trace].map(({ mediaTicks }) => mediaTicks)).toEqual([
      0,
      2 * FRAME_TICKS,
      FRAME_TICKS,
    ]);
    const scanned: number[] = [];
    for (const packet = trace.cursor(); packet.next(); ) scanned.push(packet.sequence);
    expect(scanned).toEqual([0, 2, 1]);
    expect(trace.at(1)).toMatchObject({
      durationTicks: FRAME_TICKS,
      payloadBytes: 160,
      content: 'audio',
    });
  });

  it('a sender that begins anew goes on behind what he sent, by the time that passed', () => {
    const trace = traceOf([
      { sequenceNumber: 100, timestamp: 5000, atUs: 0 },
      { sequenceNumber: 40_000, timestamp: 9, atUs: 500_000 },
      { sequenceNumber: 40_001, timestamp: 169, atUs: 520_000 },
    ]);

    expect(trace.restarts).toBe(1);
    expect([...trace].map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    expect([...trace].map(({ mediaTicks }) => mediaTicks)).toEqual([0, 24_000, 24_960]);
  });

  it('what a packet holds is read from its payload', () => {
    const encoder = new OpusEncoder({ sampleRateHz: 16_000, fec: 'on', expectedLossPercent: 20 });
    const voiced = Int16Array.from({ length: 320 }, (_, n) => 9000 * Math.sin(n / 7) ** 3);
    const withCopy = Array.from({ length: 30 }, () => encoder.encode(voiced)).at(-1);
    encoder.close();
    const codecs = { 111: 'opus/48000/2', 13: 'CN/8000', 101: 'telephone-event/8000' };
    const trace = traceOf(
      [
        { payloadType: 111, ...(withCopy && { data: withCopy }), atUs: 0 },
        { payloadType: 13, data: new Uint8Array([40]), atUs: 1 },
        { payloadType: 101, data: new Uint8Array(4), atUs: 2 },
        { payloadType: 99, atUs: 3 },
      ],
      codecs,
    );

    expect([...trace].map(({ content }) => content)).toEqual([
      'audio',
      'comfort-noise',
      'telephone-event',
      'other',
    ]);
    expect(trace.at(0)).toMatchObject({ durationTicks: FRAME_TICKS, copies: 1 });
    expect(trace.at(1).durationTicks).toBe(0);
  });

  it('what RED blocks are copies of is told by how far back they lie', () => {
    const block = (offset: number): number[] => [0x80, offset >> 6, (offset & 0x3f) << 2, 160];
    const red = Uint8Array.from([
      ...block(480),
      ...block(160),
      0,
      ...new Array<number>(3 * 160).fill(0xff),
    ]);
    const codecs = { 0: 'PCMU/8000', 97: 'red/8000' };

    const [whole] = traceOf([{ payloadType: 97, atUs: 0, data: red }], codecs);
    const [cut] = traceOf([{ payloadType: 97, atUs: 0, data: red.subarray(0, 200) }], codecs);

    expect(whole).toMatchObject({ durationTicks: FRAME_TICKS, content: 'audio', copies: 0b101 });
    expect(cut).toMatchObject({ durationTicks: 0, content: 'other', copies: 0 });
  });
});
