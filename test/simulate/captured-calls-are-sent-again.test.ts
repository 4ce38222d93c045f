import { describe, expect, it } from 'vitest';
import { buildRtp } from '../../src/index.js';
import { inspectRtp } from '../../src/receiver/rtp-packet.js';
import {
  type CapturedPacket,
  sentAgain,
  type TimedPacket,
  talk,
  throughNetwork,
} from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';

const RATE_HZ = 16_000;
const CODECS = { 111: 'opus/48000/2', 101: 'telephone-event/8000' };
const SPOKEN = talk(fixtureCall().pcm.subarray(0, 10 * RATE_HZ), {
  sampleRateHz: RATE_HZ,
  ssrc: 5,
  dtx: 'on',
  firstSequenceNumber: 65_400,
  firstTimestamp: 4_294_900_000,
});

function captured(packets: readonly TimedPacket[]): CapturedPacket[] {
  return packets.flatMap(({ atUs, data }) => {
    const header = inspectRtp(data);
    return header === undefined ? [] : [{ atUs, header, data }];
  });
}

describe('a captured call sent by an ideal sender', () => {
  it.each([1, 2, 3])(
    'leaves as it first left, whatever the captured network did (seed %d)',
    (seed) => {
      const arrived = throughNetwork(SPOKEN, {
        seed,
        baseDelayMs: 50,
        order: 'free',
        jitter: { kind: 'gamma', meanMs: 30, deviationMs: 30 },
        reorder: { ratio: 0.05, minMs: 10, maxMs: 200 },
        duplicate: { ratio: 0.05, delayMs: 10 },
        spikes: { meanIntervalMs: 3000, minMs: 200, maxMs: 400 },
      });
      const { packets, missing, duplicates } = sentAgain(captured(arrived), CODECS);
      const offsetUs = (packets[0]?.atUs ?? 0) - (SPOKEN[0]?.atUs ?? 0);

      expect(missing).toBe(0);
      expect(duplicates).toBe(arrived.length - SPOKEN.length);
      expect(packets.map(({ data }) => data)).toEqual(SPOKEN.map(({ data }) => data));
      expect(packets.map(({ atUs }) => atUs - offsetUs)).toEqual(SPOKEN.map(({ atUs }) => atUs));
    },
  );

  it('lacks what the capture lacks, and says how much', () => {
    const arrived = throughNetwork(SPOKEN, { seed: 1, loss: { kind: 'iid', ratio: 0.1 } });
    const { packets, missing } = sentAgain(captured(arrived), CODECS);
    const times = new Map(SPOKEN.map(({ data, atUs }) => [data, atUs]));

    expect(packets).toHaveLength(arrived.length);
    // What was lost before the first and after the last nobody can tell.
    const ends =
      SPOKEN.findIndex(({ data }) => data === packets[0]?.data) +
      SPOKEN.length -
      1 -
      SPOKEN.findLastIndex(({ data }) => data === packets.at(-1)?.data);
    expect(missing).toBe(SPOKEN.length - arrived.length - ends);
    const offsetUs = (packets[0]?.atUs ?? 0) - (times.get(packets[0]?.data as Uint8Array) ?? 0);
    for (const { data, atUs } of packets) expect(atUs - offsetUs).toBe(times.get(data));
  });

  it('sends the packets of a telephone event as it lasts', () => {
    const event = (sequenceNumber: number, atUs: number, duration: number): CapturedPacket => {
      const payload = Uint8Array.of(5, 10, duration >> 8, duration & 0xff);
      const data = buildRtp(
        { payloadType: 101, sequenceNumber, timestamp: 8000, ssrc: 5 },
        payload,
      );
      return { atUs, data, header: inspectRtp(data) as CapturedPacket['header'] };
    };
    const packets = [event(1, 90_000, 160), event(2, 30_000, 320), event(3, 500_000, 480)];
    const { packets: sent } = sentAgain(packets, CODECS);
    expect(sent.map(({ atUs }) => atUs)).toEqual([20_000, 40_000, 60_000]);
  });

  it('takes a sender that begins to count anew for a pause as long as that of its arrivals', () => {
    const again = talk(fixtureCall().pcm.subarray(0, RATE_HZ), {
      sampleRateHz: RATE_HZ,
      ssrc: 5,
      firstSequenceNumber: 30_000,
      firstTimestamp: 99,
    });
    const later = again.map(({ atUs, data }) => ({ atUs: atUs + 15_000_000, data }));
    const { packets, missing } = sentAgain(captured([...SPOKEN, ...later]), CODECS);

    expect(missing).toBe(0);
    const [last = 0, first = 0] = [packets[SPOKEN.length - 1]?.atUs, packets[SPOKEN.length]?.atUs];
    expect(Math.abs(first - last - 5_020_000)).toBeLessThan(50_000);
    for (const [i, { atUs }] of packets.entries()) {
      expect(atUs).toBeGreaterThanOrEqual(packets[i - 1]?.atUs ?? 0);
    }
  });
});
