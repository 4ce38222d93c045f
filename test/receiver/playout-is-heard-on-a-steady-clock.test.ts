import { describe, expect, it } from 'vitest';
import type { ReceiverOptions, RtpArrival } from '../../src/index.js';
import { OpusDecoder, Receiver } from '../../src/index.js';
import type { SpokenPacket } from '../helpers/rtp-call.js';
import { spokenPackets } from '../helpers/rtp-call.js';

interface Played {
  readonly pcm: number[];
  readonly concealedMs: number;
  readonly removedMs: number;
  readonly insertedMs: number;
  readonly blocks: number;
  readonly delaysMs: number[];
  /** Of frames that are mostly speech that came. */
  readonly speechDelaysMs: number[];
}

/** Pulls every 10 ms from 0 until the last packet has come; what comes before the first audio is left out. */
function play(receiver: Receiver, packets: readonly RtpArrival[]): Played {
  const played = { pcm: [] as number[], concealedMs: 0, removedMs: 0, insertedMs: 0, blocks: 0 };
  const delaysMs: number[] = [];
  const speechDelaysMs: number[] = [];
  const endUs = packets.at(-1)?.arrivalUs ?? 0;
  let next = 0;
  for (let nowUs = 0; nowUs <= endUs; nowUs += 10_000) {
    const from = next;
    while ((packets[next]?.arrivalUs ?? Number.POSITIVE_INFINITY) <= nowUs) next++;
    receiver.push(packets.slice(from, next));
    const frame = receiver.pull10ms(nowUs);
    expect(frame.pcm).toHaveLength((receiver.config.channels * receiver.config.sampleRateHz) / 100);
    if (!frame.isPlaying) continue;
    played.pcm.push(...frame.pcm);
    played.concealedMs += frame.concealedMs;
    played.removedMs += frame.removedMs;
    played.insertedMs += frame.insertedMs;
    played.blocks++;
    delaysMs.push(frame.delayMs);
    if (frame.provenance === 'received') speechDelaysMs.push(frame.delayMs);
  }
  return { ...played, delaysMs, speechDelaysMs };
}

function decodePlainly(packets: readonly SpokenPacket[], options: ReceiverOptions): number[] {
  const decoder = new OpusDecoder({ sampleRateHz: options.sampleRateHz ?? 16_000 });
  return packets.flatMap(({ payload }) => [...decoder.decode(payload)]);
}

describe('Receiver of mode playout', () => {
  it.each<ReceiverOptions>([
    { mode: 'playout', sampleRateHz: 8000 },
    { mode: 'playout', sampleRateHz: 16_000 },
    { mode: 'playout', sampleRateHz: 48_000 },
    { mode: 'both', sampleRateHz: 24_000 },
  ])('plays a clean stream as it is decoded: %j', (options) => {
    const packets = spokenPackets(4000);
    const played = play(new Receiver({ ...options, minDelayMs: 30 }), packets);
    expect(played.concealedMs + played.removedMs + played.insertedMs).toBe(0);
    expect(played.pcm.length).toBeGreaterThan(3900 * ((options.sampleRateHz ?? 0) / 1000));
    const decoded = decodePlainly(packets, options);
    expect(played.pcm).toEqual(decoded.slice(0, played.pcm.length));
  });

  it('gives both channels of stereo, alike for mono packets', () => {
    const packets = spokenPackets(2000);
    const receiver = new Receiver({ mode: 'playout', channels: 2, minDelayMs: 30 });
    const { pcm } = play(receiver, packets);
    expect(pcm.length).toBeGreaterThan(2 * 16 * 1900);
    expect(pcm.filter((_, i) => i % 2 === 0)).toEqual(pcm.filter((_, i) => i % 2 === 1));
  });

  it('counts what was played in the names of W3C webrtc-stats', () => {
    const packets = spokenPackets(6000).map((packet, i) => ({
      ...packet,
      arrivalUs: packet.arrivalUs + ((i * 7919) % 40) * 1000,
    }));
    const arrived = packets
      .filter((_, i) => i < 20 || i % 12 !== 0)
      .sort((a, b) => a.arrivalUs - b.arrivalUs);
    const receiver = new Receiver({ mode: 'playout' });
    const played = play(receiver, arrived);
    const { webrtcStats, playout } = receiver.stats();
    expect(webrtcStats.totalSamplesReceived).toBe(160 * played.blocks);
    expect(webrtcStats.totalSamplesDuration).toBeCloseTo(played.blocks / 100);
    expect(webrtcStats.concealedSamples).toBeCloseTo(16 * played.concealedMs);
    expect(webrtcStats.concealedSamples).toBeGreaterThan(0);
    expect(webrtcStats.removedSamplesForAcceleration).toBeCloseTo(16 * played.removedMs);
    expect(webrtcStats.insertedSamplesForDeceleration).toBeCloseTo(16 * played.insertedMs);
    const meanDelayMs =
      (1000 * webrtcStats.jitterBufferDelay) / webrtcStats.jitterBufferEmittedCount;
    expect(playout.meanDelayMs).toBeCloseTo(meanDelayMs);
    const mean = played.delaysMs.reduce((sum, ms) => sum + ms, 0) / played.delaysMs.length;
    expect(Math.abs(meanDelayMs - mean)).toBeLessThan(3);
    expect(playout.playedMs).toBe(10 * played.blocks);
  });

  it('never plays later than maxDelayMs', () => {
    const packets = spokenPackets(8000).map((packet, i) => ({
      ...packet,
      // A stall of 400 ms every two seconds.
      arrivalUs: i % 100 < 80 ? packet.arrivalUs : (Math.floor(i / 100) * 2000 + 2020) * 1000,
    }));
    const played = play(new Receiver({ mode: 'playout', maxDelayMs: 150 }), packets);
    expect(played.concealedMs).toBeGreaterThan(200);
    expect(Math.max(...played.speechDelaysMs)).toBeLessThanOrEqual(150);
    expect(Math.max(...played.speechDelaysMs)).toBeGreaterThan(100);
  });

  it('counts frames of mode both that nobody polled, and hands out the last', () => {
    const packets = spokenPackets(10_000);
    const receiver = new Receiver({ mode: 'both' });
    play(receiver, packets);
    const { framesDropped } = receiver.stats();
    expect(framesDropped).toBeGreaterThan(400);
    const frames = receiver.poll(10_000_000);
    expect(frames).toHaveLength(500 - framesDropped);
    expect(frames.at(-1)?.mediaTicks).toBe(499 * 960);
  });

  it('polls of mode both see every frame, pulls or not', () => {
    const packets = spokenPackets(3000);
    const receiver = new Receiver({ mode: 'both' });
    const heard: number[] = [];
    for (const packet of packets) {
      receiver.push([packet]);
      for (const { pcm } of receiver.poll(packet.arrivalUs)) heard.push(...pcm);
      receiver.pull10ms(packet.arrivalUs);
      receiver.pull10ms(packet.arrivalUs);
    }
    expect(heard).toEqual(decodePlainly(packets, {}));
    expect(receiver.stats().framesDropped).toBe(0);
  });

  it('refuses to be pulled in mode recognizer, after close, and at no time', () => {
    expect(() => new Receiver().pull10ms(0)).toThrowError(
      expect.objectContaining({ code: 'EARSHOT_BAD_ARGUMENT' }),
    );
    const receiver = new Receiver({ mode: 'playout' });
    expect(() => receiver.pull10ms(Number.NaN)).toThrowError(
      expect.objectContaining({ code: 'EARSHOT_BAD_ARGUMENT' }),
    );
    expect(receiver.pull10ms(0).isPlaying).toBe(false);
    receiver.close();
    expect(() => receiver.pull10ms(0)).toThrowError(
      expect.objectContaining({ code: 'EARSHOT_CLOSED' }),
    );
  });
});
