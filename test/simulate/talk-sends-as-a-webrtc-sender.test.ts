import { describe, expect, it } from 'vitest';
import { OpusDecoder, parseOpus, parseRtp } from '../../src/index.js';
import { type TalkSettings, talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';

const RATE_HZ = 16_000;
const SPEECH = fixtureCall().pcm.subarray(0, 8 * RATE_HZ);
const BASE: TalkSettings = { sampleRateHz: RATE_HZ, ssrc: 9 };

function spoken(settings: Partial<TalkSettings> = {}, pcm = SPEECH) {
  return talk(pcm, { ...BASE, ...settings }).map(({ atUs, data }) => {
    const header = parseRtp(data);
    if (header === undefined) throw new Error('not RTP');
    const payload = data.subarray(
      header.payloadOffset,
      header.payloadOffset + header.payloadLength,
    );
    return { atUs, header, payload, opus: parseOpus(payload) };
  });
}

describe('a simulated sender', () => {
  it.each([10, 20, 40, 60] as const)(
    'sends a packet every %d ms, when its audio is complete',
    (frameMs) => {
      const packets = spoken({
        frameMs,
        firstSequenceNumber: 65_530,
        firstTimestamp: 4_294_967_000,
      });

      expect(packets).toHaveLength(Math.ceil(8000 / frameMs));
      for (const [i, { atUs, header, opus }] of packets.entries()) {
        expect(atUs).toBe((i + 1) * frameMs * 1000);
        expect(header.sequenceNumber).toBe((65_530 + i) % 65_536);
        expect(header.timestamp).toBe((4_294_967_000 + i * frameMs * 48) % 2 ** 32);
        expect(header).toMatchObject({ ssrc: 9, payloadType: 111, marker: i === 0 });
        expect(opus?.durationTicks).toBe(frameMs * 48);
      }
    },
  );

  it('says what was put in: the decoded sound follows the original', () => {
    const decoder = new OpusDecoder({ sampleRateHz: RATE_HZ });
    const heard = Int16Array.from(
      spoken({ bitrateBps: 40_000 }).flatMap(({ payload }) => [...decoder.decode(payload)]),
    );
    // The codec's delay at 16 kHz is 6.5 ms, 104 samples; elsewhere the two have less in common.
    const likeness = Array.from({ length: 300 }, (_, delay) => correlation(SPEECH, heard, delay));
    const best = Math.max(...likeness);
    expect(best).toBeGreaterThan(0.9);
    expect(Math.abs(likeness.indexOf(best) - 104)).toBeLessThanOrEqual(2);
  });

  it('writes in-band copies where speech is, when it is told to', () => {
    const share = (fec: 'on' | 'off'): number => {
      const packets = spoken({ fec });
      return packets.filter(({ opus }) => opus?.hasLbrr).length / packets.length;
    };
    expect(share('off')).toBe(0);
    expect(share('on')).toBeGreaterThan(0.3);
  });

  it('leaves out silence with DTX: numbers go on, timestamps skip, a packet every 400 ms stays', () => {
    const quiet = new Int16Array(10 * RATE_HZ);
    quiet.set(SPEECH.subarray(RATE_HZ, 4 * RATE_HZ), 5 * RATE_HZ);
    const packets = spoken({ dtx: 'on' }, quiet);

    expect(packets.length).toBeLessThan(350);
    const pausesMs: number[] = [];
    for (const [i, { header, atUs }] of packets.entries()) {
      expect(header.sequenceNumber).toBe(i);
      expect(header.timestamp / 48 + 20).toBe(atUs / 1000);
      pausesMs.push((atUs - (packets[i - 1]?.atUs ?? atUs)) / 1000);
    }
    expect(Math.max(...pausesMs)).toBe(400);
    // The marker stands where talk starts again (RFC 7587 4.2).
    const marked = packets.filter(({ header }) => header.marker).map(({ atUs }) => atUs / 1e6);
    expect(marked.some((s) => s > 5 && s < 6)).toBe(true);
  });

  it('fills the last frame with silence', () => {
    expect(spoken({}, SPEECH.subarray(0, 321))).toHaveLength(2);
    expect(spoken({}, new Int16Array(0))).toHaveLength(0);
  });

  it('says the same again', () => {
    const bytes = (): Buffer =>
      Buffer.concat(talk(SPEECH, { ...BASE, fec: 'on' }).map((p) => p.data));
    expect(bytes().equals(bytes())).toBe(true);
  });
});

function correlation(one: Int16Array, other: Int16Array, delay: number): number {
  let [product, energyOne, energyOther] = [0, 0, 0];
  for (let i = 0; i + delay < other.length && i < one.length; i++) {
    const [a, b] = [one[i] ?? 0, other[i + delay] ?? 0];
    product += a * b;
    energyOne += a * a;
    energyOther += b * b;
  }
  return product / Math.sqrt(energyOne * energyOther);
}
