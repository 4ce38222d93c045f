import { describe, expect, it } from 'vitest';
import { buildRtp, Receiver, RtpBatch } from '../../src/index.js';
import { INSPECTED_WORDS, inspectRtp, inspectRtpPackets } from '../../src/receiver/rtp-packet.js';
import { Random } from '../../src/simulate/index.js';

/** RTP, and what differs from it in a few bits or by its length. */
function packets(random: Random, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const payload = Uint8Array.from({ length: random.below(80) }, () => random.below(256));
    const fields = {
      payloadType: random.below(128),
      sequenceNumber: random.below(65_536),
      timestamp: random.below(2 ** 32),
      ssrc: random.below(2 ** 32),
      marker: random.below(2) === 1,
    };
    const packet = buildRtp(fields, payload);
    if (i % 2 === 0) return packet;
    const at = random.below(16);
    packet[at] = (packet[at] ?? 0) ^ (1 << random.below(8));
    return packet.subarray(0, random.below(packet.length + 1));
  });
}

describe('many packets of one memory', () => {
  it.each([1, 2, 3])('tell what each tells by itself (seed %d)', (seed) => {
    const all = packets(new Random(seed), 2000);
    const { bytes, starts, lengths } = RtpBatch.of(all.map((data) => ({ data, arrivalUs: 0 })));
    const words = new Uint32Array(INSPECTED_WORDS * all.length).fill(7);
    const alone = all.map(inspectRtp);

    const found = inspectRtpPackets(bytes, starts, lengths, words, all.length);

    expect(found).toBe(alone.filter((header) => header !== undefined).length);
    expect(found).toBeGreaterThan(all.length / 2);
    expect(found).toBeLessThan(all.length);
    for (const [i, header] of alone.entries()) {
      const packed = words.subarray(INSPECTED_WORDS * i, INSPECTED_WORDS * (i + 1));
      if (header === undefined) {
        expect([...packed]).toEqual(new Array(INSPECTED_WORDS).fill(0));
        continue;
      }
      const { opus } = header;
      expect([...packed]).toEqual([
        header.ssrc,
        header.timestamp,
        header.sequenceNumber +
          2 ** 16 * header.payloadType +
          2 ** 23 * Number(header.marker) +
          2 ** 24 * Number(opus?.hasLbrr ?? false) +
          2 ** 25 * Number(opus?.isDtx ?? false) +
          2 ** 26,
        header.payloadOffset,
        header.payloadLength,
        (opus?.durationTicks ?? 0) + 2 ** 16 * (opus?.frameTicks ?? 0),
      ]);
    }
  });

  it('are run as they are pushed, whatever they are', () => {
    const all = packets(new Random(4), 500).map((data, i) => ({ data, arrivalUs: 20_000 * i }));
    const [run, pushed] = [new Receiver(), new Receiver()];
    run.run(RtpBatch.of(all), () => {});
    pushed.push(all);

    const { packetsReceived, packetsMalformed } = pushed.stats();
    expect(packetsMalformed).toBeGreaterThan(0);
    expect(run.stats()).toMatchObject({ packetsReceived, packetsMalformed });
  });

  it('must lie in it', () => {
    const bytes = new Uint8Array(100);
    const words = new Uint32Array(INSPECTED_WORDS);
    for (const [start, length] of [
      [100, 1],
      [101, 0],
      [2 ** 32 - 1, 2],
      [0, 2 ** 32 - 1],
    ] as const) {
      const [starts, lengths] = [Uint32Array.of(start), Uint32Array.of(length)];
      expect(() => inspectRtpPackets(bytes, starts, lengths, words, 1)).toThrow(
        'a packet lies outside of bytes',
      );
    }
    const outside = new RtpBatch(1);
    outside.begin(bytes);
    outside.add(90, 11, 0);
    expect(() => new Receiver().run(outside, () => {})).toThrow('a packet lies outside of bytes');
    const none = new Uint32Array(0);
    expect(() => inspectRtpPackets(bytes, none, none, words, 1)).toThrow('count');
  });
});
