import { describe, expect, it } from 'vitest';
import { OpusDecoder, OpusEncoder } from '../../src/index.js';
import { bitrateFor, CallAudioRecorder } from '../../src/report/call-audio.js';
import { oggOpus } from '../../src/report/ogg-opus.js';
import { fixtureCall } from '../helpers/call.js';

const RATE_HZ = 16_000;
const FRAME_SAMPLES = 960; // 60 ms at 16 kHz

interface OggPage {
  readonly flags: number;
  readonly granule: number;
  readonly number: number;
  readonly packets: readonly Uint8Array[];
}

/** Reads an Ogg file by RFC 3533; packets do not span pages here. */
function pagesOf(file: Uint8Array): OggPage[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const pages: OggPage[] = [];
  for (let at = 0; at < file.length; ) {
    expect(Buffer.from(file.subarray(at, at + 5)).toString('latin1')).toBe('OggS\0');
    const segments = file[at + 26] as number;
    const lacing = file.subarray(at + 27, at + 27 + segments);
    let body = at + 27 + segments;
    const packets: Uint8Array[] = [];
    let length = 0;
    for (const value of lacing) {
      length += value;
      if (value === 255) continue;
      packets.push(file.subarray(body, body + length));
      body += length;
      length = 0;
    }
    expect(length).toBe(0);
    pages.push({
      flags: file[at + 5] as number,
      granule: Number(view.getBigUint64(at + 6, true)),
      number: view.getUint32(at + 18, true),
      packets,
    });
    at = body;
  }
  return pages;
}

describe('an Ogg Opus file', () => {
  const encoder = new OpusEncoder({ sampleRateHz: RATE_HZ, frameMs: 60, bitrateBps: 64_000 });
  const { pcm } = fixtureCall();
  const packets = Array.from({ length: 100 }, (_, frame) =>
    encoder.encode(pcm.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES)),
  );
  const file = oggOpus({
    packets,
    packetSamples: 2880,
    preSkipSamples: 312,
    playedSamples: 100 * 2880 - 312,
  });

  it('has its two headers on pages of their own and every packet whole (RFC 7845 3)', () => {
    const pages = pagesOf(file);
    expect(Buffer.from(pages[0]?.packets[0] ?? []).toString('latin1', 0, 8)).toBe('OpusHead');
    expect(Buffer.from(pages[1]?.packets[0] ?? []).toString('latin1', 0, 8)).toBe('OpusTags');
    expect(pages.slice(2).flatMap((page) => page.packets)).toEqual(packets);
    expect(pages.map(({ number }) => number)).toEqual(pages.map((_, index) => index));
    expect(pages[0]?.flags).toBe(2);
    expect(pages.at(-1)?.flags).toBe(4);
    expect(pages.at(-1)?.granule).toBe(100 * 2880);
  });

  it('holds packets of exactly a segment’s multiple, which end with an empty one', () => {
    const long = new Uint8Array(510).fill(7);
    const pages = pagesOf(
      oggOpus({
        packets: [long, long],
        packetSamples: 960,
        preSkipSamples: 0,
        playedSamples: 1920,
      }),
    );
    expect(pages.at(-1)?.packets).toEqual([long, long]);
  });

  it('carries the checksum of RFC 3533 6', () => {
    const copy = file.slice();
    const firstPage = copy.subarray(0, 47);
    const stored = new DataView(firstPage.buffer).getUint32(22, true);
    new DataView(firstPage.buffer).setUint32(22, 0, true);
    // Division by the generator, bit by bit.
    let remainder = 0;
    for (const byte of firstPage) {
      for (let bit = 7; bit >= 0; bit--) {
        const top = (remainder >>> 31) ^ ((byte >>> bit) & 1);
        remainder = (remainder << 1) ^ (top === 1 ? 0x04c11db7 : 0);
      }
    }
    expect(stored).toBe(remainder >>> 0);
  });
});

describe('the sound of a call', () => {
  const { pcm } = fixtureCall();

  function record(repairAt?: number): ReturnType<CallAudioRecorder['finish']> {
    const recorder = new CallAudioRecorder(RATE_HZ, 30_000);
    for (let at = 0; at + 320 <= 10 * RATE_HZ; at += 320) {
      recorder.add(at, pcm.subarray(at, at + 320));
      if (at === repairAt) recorder.addRepair(at - 1600, pcm.subarray(0, 960));
    }
    return recorder.finish();
  }

  it('is kept whole, a packet for every 60 ms', () => {
    const { first, repaired, leftOutFrames } = record();
    expect(first.segments).toEqual([{ place: 0, packets: Math.ceil(10_000 / 60) }]);
    expect(first.lengths.reduce((sum, length) => sum + length, 0)).toBe(first.bytes.length);
    expect(repaired.segments).toEqual([]);
    expect(leftOutFrames).toBe(0);
  });

  it('is kept a second time only around a repair, with what a decoder needs before it', () => {
    // Repaired: 79,040..80,000 at 16 kHz, frames 82 and 83 of 960 samples.
    const { repaired } = record(80_640);
    expect(repaired.segments).toEqual([{ place: 80, packets: 5 }]);
  });

  it('says what was said: the packets decode to the level that was put in', () => {
    const { first } = record();
    const decoder = new OpusDecoder({ sampleRateHz: RATE_HZ });
    let [at, energy] = [0, 0];
    for (const length of first.lengths) {
      for (const sample of decoder.decode(first.bytes.subarray(at, at + length))) {
        energy += sample * sample;
      }
      at += length;
    }
    decoder.close();
    const wanted = pcm.subarray(0, 10 * RATE_HZ).reduce((sum, one) => sum + one * one, 0);
    expect(10 * Math.log10(energy / wanted)).toBeCloseTo(0, 0);
  });

  it('has a hole where the time line leaps, instead of hours of silence', () => {
    const recorder = new CallAudioRecorder(RATE_HZ, 1000);
    recorder.add(0, new Int16Array(960));
    recorder.add(3600 * RATE_HZ, new Int16Array(960));
    expect(recorder.finish().first.segments).toEqual([
      { place: 0, packets: 1 },
      { place: 60_000, packets: 1 },
    ]);
  });

  it('takes fewer bits the longer the call', () => {
    expect(bitrateFor(60_000)).toBe(24_000);
    expect(bitrateFor(3_600_000)).toBeGreaterThan(9000);
    expect(bitrateFor(3_600_000)).toBeLessThan(11_000);
    expect(bitrateFor(12 * 3_600_000)).toBe(6000);
  });
});
