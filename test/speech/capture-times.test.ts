import { describe, expect, it } from 'vitest';
import type { AudioFrame } from '../../src/index.js';
import { CaptureTimes } from '../../src/speech/capture-times.js';

const KEEP_MS = 10_000;
const UNIX_MS = 1_767_225_600_000;

function frameAt(mediaMs: number, captureUnixMs: number | undefined): Omit<AudioFrame, 'pcm'> {
  return {
    mediaTicks: mediaMs * 48,
    durationTicks: 960,
    provenance: 'received',
    version: 0,
    arrivalUs: 0,
    finalisedUs: 0,
    latencyUs: 0,
    captureUnixUs: captureUnixMs === undefined ? undefined : captureUnixMs * 1000,
    missedDeadline: false,
    lossRunMs: 0,
    confidence: 1,
    levelDb: -20,
  };
}

describe('a capture time', () => {
  it('is unknown while the sender has told nothing', () => {
    const times = new CaptureTimes(KEEP_MS);
    times.noteFrame(frameAt(0, undefined));

    expect(times.unixMsAt(0)).toBeUndefined();
  });

  it('is known of what came before the sender told its time, too', () => {
    const times = new CaptureTimes(KEEP_MS);
    times.noteFrame(frameAt(0, undefined));
    times.noteFrame(frameAt(500, UNIX_MS + 500));

    expect(times.unixMsAt(100)).toBe(UNIX_MS + 100);
    expect(times.unixMsAt(600)).toBe(UNIX_MS + 600);
  });

  it('is that of its own frame where the sender set its clock in between', () => {
    const times = new CaptureTimes(KEEP_MS);
    times.noteFrame(frameAt(0, UNIX_MS));
    times.noteFrame(frameAt(1000, UNIX_MS + 3_601_000));

    expect(times.unixMsAt(990)).toBe(UNIX_MS + 990);
    expect(times.unixMsAt(1010)).toBe(UNIX_MS + 3_601_010);
  });

  it('is not that of a repair, which may be told by a later clock', () => {
    const times = new CaptureTimes(KEEP_MS);
    times.noteFrame(frameAt(0, UNIX_MS));
    times.noteFrame({ ...frameAt(0, UNIX_MS + 70), version: 1 });

    expect(times.unixMsAt(20)).toBe(UNIX_MS + 20);
  });

  it('is forgotten after a while, however restless the sender is', () => {
    const times = new CaptureTimes(KEEP_MS);
    // Each frame 2 ms off the last, so that each is remembered, for 10 s.
    const last = 99_999;
    for (let i = 0; i <= last; i++) times.noteFrame(frameAt(i * 20, UNIX_MS + i * 22));

    expect(times.unixMsAt(last * 20)).toBe(UNIX_MS + last * 22);
    // Told by the oldest that is remembered: 2 ms off for each frame before it.
    const oldest = ((times.unixMsAt(0) ?? 0) - UNIX_MS) / 2;
    expect(oldest).toBeGreaterThanOrEqual(last - KEEP_MS / 20 - 2);
    expect(oldest).toBeLessThanOrEqual(last - KEEP_MS / 20);
  });

  it('of a sender that lies in each packet costs no more than that of others', () => {
    const times = new CaptureTimes(120_000);
    for (let i = 0; i < 6000; i++) times.noteFrame(frameAt(i * 20, UNIX_MS + i * 22));

    // Told by the oldest of the 1024 that are remembered.
    expect(times.unixMsAt(0)).toBe(UNIX_MS + 2 * (6000 - 1024));
  });
});
