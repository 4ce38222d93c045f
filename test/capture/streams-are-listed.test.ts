import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildRtp, EarshotError } from '../../src/index.js';
import {
  type ListedStream,
  listStreams,
  openCapture,
  readCapture,
  writePcap,
} from '../../src/replay/index.js';
import { type TimedPacket, talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { ethernet, ipv4, pcapFile, u16, u32, udp } from '../helpers/capture-bytes.js';
import { corpusFolder } from '../helpers/corpus.js';
import { withPadding } from '../helpers/padding.js';

interface Sent {
  readonly payloadType?: number;
  readonly step?: number;
  readonly payload?: (index: number) => Buffer;
  readonly firstSequenceNumber?: number;
}

/** `count` packets every 20 ms. */
function rtp(count: number, ssrc: number, sent: Sent = {}): TimedPacket[] {
  const {
    payloadType = 0,
    step = 160,
    payload = () => Buffer.alloc(160, 7),
    firstSequenceNumber = 9,
  } = sent;
  return Array.from({ length: count }, (_, index) => ({
    atUs: index * 20_000,
    data: buildRtp(
      {
        payloadType,
        sequenceNumber: (firstSequenceNumber + index) & 0xffff,
        timestamp: (4_294_960_000 + index * step) >>> 0,
        ssrc,
      },
      payload(index),
    ),
  }));
}

function list(packets: readonly TimedPacket[], codecs = {}): readonly ListedStream[] {
  const inOrder = [...packets].sort((a, b) => a.atUs - b.atUs);
  return listStreams(readCapture(writePcap(inOrder), 'x'), codecs).streams;
}

function only(packets: readonly TimedPacket[], codecs = {}): ListedStream {
  const [stream, ...others] = list(packets, codecs);
  if (stream === undefined) throw new Error('no stream');
  expect(others).toEqual([]);
  return stream;
}

/** A sender report, 1 s of its clock apart from the one before (RFC 3550 6.4.1). */
function report(ssrc: number, index: number, timestamp: number): TimedPacket {
  const data = Buffer.concat([
    Buffer.from([0x80, 200]),
    u16(6),
    u32(ssrc),
    u32(3_900_000_000 + index),
    u32(2 ** 31),
    u32(timestamp),
    u32(0),
    u32(0),
  ]);
  return { atUs: index * 1_000_000 + 3, data };
}

describe('a stream', () => {
  it('has its packets, ports, codec, length and rate', () => {
    expect(only(rtp(101, 5))).toEqual({
      ssrc: 5,
      sourcePort: 40_000,
      destinationPort: 50_000,
      payloadTypes: [{ payloadType: 0, packets: 101, rtpmap: 'PCMU/8000' }],
      packets: 101,
      headersOnly: 0,
      payloadBytes: 16_160,
      lost: 0,
      lossRatio: 0,
      duplicates: 0,
      reordered: 0,
      restarts: 0,
      jitterMs: { mean: 0, max: 0 },
      startMs: 0,
      durationMs: 2000,
      packetsPerSecond: 50,
      bitrateBps: 64_640,
      telephoneEvents: 0,
      telephoneEventPackets: 0,
      comfortNoisePackets: 0,
      paddingPackets: 0,
      pauses: { count: 0, totalMs: 0 },
      isEncrypted: false,
      clock: { rateHz: 8000, measuredHz: 8000 },
      senderReports: { count: 0, clockRateHz: undefined },
    });
  });

  it('tells what is lost, twice and late, across the wrap of its numbers', () => {
    const all = rtp(200, 5, { firstSequenceNumber: 65_450 });
    const kept = all.filter((_, index) => ![50, 51, 120].includes(index));
    const twice = kept.slice(10, 12).map(({ atUs, data }) => ({ atUs: atUs + 1000, data }));
    const late = kept.map(({ atUs, data }, index) => ({
      atUs: index === 80 ? atUs + 50_000 : atUs,
      data,
    }));
    expect(only([...late, ...twice])).toMatchObject({
      packets: 199,
      lost: 3,
      lossRatio: 3 / 200,
      duplicates: 2,
      reordered: 1,
      restarts: 0,
    });
  });

  it('that begins anew has lost nothing between', () => {
    const second = rtp(50, 5, { firstSequenceNumber: 30_000 });
    const later = second.map(({ atUs, data }) => ({ atUs: atUs + 1_000_000, data }));
    expect(only([...rtp(50, 5), ...later])).toMatchObject({ packets: 100, lost: 0, restarts: 1 });
  });

  it('has keys pressed counted, and none of them is loss or jitter', () => {
    const event = (at: number, key: number): TimedPacket[] =>
      Array.from({ length: 6 }, (_, index) => ({
        atUs: (at + index) * 20_000,
        data: buildRtp(
          {
            payloadType: 101,
            sequenceNumber: 9 + at + index,
            timestamp: 4_294_960_000 - at * 160,
            ssrc: 5,
          },
          Buffer.from([key, index > 2 ? 0x8a : 0x0a, 0, index * 160]),
        ),
      }));
    const speech = rtp(100, 5).filter(
      (_, index) => !(index >= 30 && index < 36) && !(index >= 60 && index < 66),
    );
    const stream = only([...speech, ...event(30, 5), ...event(60, 11)]);
    expect(stream).toMatchObject({
      packets: 100,
      lost: 0,
      telephoneEvents: 2,
      telephoneEventPackets: 12,
      jitterMs: { mean: 0, max: 0 },
      payloadTypes: [{ payloadType: 0 }, { payloadType: 101, rtpmap: 'telephone-event/8000' }],
    });
    // Which keys they were is in no field.
    expect(JSON.stringify(stream)).not.toMatch(/digit|"keys?"/);
  });

  it('has comfort noise and pauses, and neither is loss', () => {
    const talking = rtp(40, 5);
    const noise = {
      atUs: 40 * 20_000,
      data: buildRtp(
        {
          payloadType: 13,
          sequenceNumber: 49,
          timestamp: (4_294_960_000 + 40 * 160) >>> 0,
          ssrc: 5,
        },
        Buffer.from([40]),
      ),
    };
    expect(only([...talking, noise])).toMatchObject({ lost: 0, comfortNoisePackets: 1 });

    // DTX of Opus: a second of nothing, the numbers go on.
    const opus = talk(fixtureCall().pcm.subarray(0, 32_000), { sampleRateHz: 16_000, ssrc: 6 });
    const paused = opus.map(({ atUs, data }, index) => {
      const copy = Buffer.from(data);
      if (index >= 50) copy.writeUInt32BE((copy.readUInt32BE(4) + 48_000) >>> 0, 4);
      return { atUs: index >= 50 ? atUs + 1_000_000 : atUs, data: copy };
    });
    expect(only(paused)).toMatchObject({ lost: 0, pauses: { count: 1, totalMs: 1000 } });
  });

  it('has padding counted, which is no loss, no jitter, no pause and no other codec', () => {
    const opus = talk(fixtureCall().pcm.subarray(0, 64_000), { sampleRateHz: 16_000, ssrc: 6 });
    const plain = only(opus);
    for (const every of [1, 3]) {
      const padded = withPadding(opus, every);
      expect(only(padded)).toMatchObject({
        packets: padded.length,
        paddingPackets: padded.length - opus.length,
        lost: 0,
        payloadTypes: [{ payloadType: 111, rtpmap: 'opus/48000/2', packets: padded.length }],
        payloadBytes: plain.payloadBytes,
        jitterMs: plain.jitterMs,
        pauses: plain.pauses,
        clock: { rateHz: 48_000 },
      });
      // A probe that is lost is lost.
      expect(only(padded.toSpliced(every, 1))).toMatchObject({ lost: 1 });
    }
  });

  it('of a codec that is not decoded is listed all the same', () => {
    const g729 = rtp(100, 5, { payloadType: 18, payload: (index) => Buffer.alloc(20, index) });
    expect(only(g729)).toMatchObject({
      payloadTypes: [{ payloadType: 18, rtpmap: 'G729/8000' }],
      jitterMs: { mean: 0, max: 0 },
    });
  });

  it('of a dynamic payload type has the clock that its timestamps run at, or the one that is said', () => {
    const wide = rtp(100, 5, { payloadType: 97, step: 320, payload: () => Buffer.alloc(640, 3) });
    expect(only(wide)).toMatchObject({
      payloadTypes: [{ payloadType: 97, rtpmap: undefined }],
      clock: { rateHz: 16_000 },
      jitterMs: { mean: 0 },
    });
    expect(only(wide, { 97: 'L16/16000' }).payloadTypes).toMatchObject([{ rtpmap: 'L16/16000' }]);
    const odd = rtp(100, 5, { payloadType: 97, step: 411, payload: () => Buffer.alloc(9, 3) });
    expect(only(odd)).toMatchObject({ clock: { rateHz: undefined }, jitterMs: undefined });
  });

  it("has its sender's reports, and how fast its clock runs by them", () => {
    const reports = [0, 1, 2, 3].map((index) => report(5, index, 1000 + index * 8001));
    expect(only([...rtp(200, 5), ...reports]).senderReports).toEqual({
      count: 4,
      clockRateHz: 8001,
    });
  });
});

describe('the streams of a capture', () => {
  it('are told apart by SSRC and ports, those with the most packets first', () => {
    const frames = [
      ...rtp(3, 5).map((packet) => ({ ...packet, ports: [1, 2] as const })),
      ...rtp(4, 5).map((packet) => ({ ...packet, ports: [2, 1] as const })),
      ...rtp(5, 6).map((packet) => ({ ...packet, ports: [1, 2] as const })),
    ].map(({ atUs, data, ports }) => ({
      seconds: 0,
      ticks: atUs,
      data: ethernet(ipv4(udp(data, ...ports))),
    }));
    const { streams } = listStreams(readCapture(pcapFile(frames), 'x'));
    expect(streams.map(({ ssrc, sourcePort, packets }) => [ssrc, sourcePort, packets])).toEqual([
      [6, 1, 5],
      [5, 2, 4],
      [5, 1, 3],
    ]);
  });

  it('are bounded, whatever a capture makes up', () => {
    const many = Array.from({ length: 5000 }, (_, ssrc) => rtp(1, ssrc)).flat();
    expect(list(many)).toHaveLength(4096);
  });

  it('of every capture of the corpus are listed, or a line says why not', (ctx) => {
    const folder = join(corpusFolder(ctx), 'captures');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(rtp|pcap)$/.test(file),
    );
    const refused: string[] = [];
    for (const file of files) {
      try {
        const { streams } = listStreams(openCapture(join(folder, file)));
        expect(streams.length, file).toBeGreaterThan(0);
        expect(streams[0]?.packets, file).toBeGreaterThan(10);
      } catch (error) {
        if (!(error instanceof EarshotError)) throw error;
        expect(error.message).toMatch(/byte \d+: [^\n]+$/);
        refused.push(file);
      }
    }
    // One is damaged in its middle, and named for it.
    expect(refused).toEqual(['rtpproxy/corrupted_g722.a.rtp']);
  });
});
