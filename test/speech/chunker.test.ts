import { describe, expect, it } from 'vitest';
import type { AudioFrame, Provenance } from '../../src/receiver/audio-frame.js';
import { Chunker, type ChunkerFrame, type ReadyChunk } from '../../src/speech/chunker.js';

/** A frame whose samples count on from its media position, so that a chunk shows where each came from. */
function frameAt(
  mediaMs: number,
  durationMs = 20,
  provenance: Provenance = 'received',
): ChunkerFrame {
  const frame: AudioFrame = {
    pcm: Int16Array.from({ length: 16 * durationMs }, (_, i) => (16 * mediaMs + i) % 32_000),
    mediaTicks: mediaMs * 48,
    durationTicks: durationMs * 48,
    provenance,
    version: 0,
    arrivalUs: mediaMs * 1000,
    finalisedUs: mediaMs * 1000,
    latencyUs: 0,
    missedDeadline: false,
    lossRunMs: 0,
    confidence: 1,
    captureUnixUs: undefined,
    levelDb: -30,
  };
  return { frame, decodedUs: mediaMs * 1000, capturedUs: undefined };
}

function drain(chunker: Chunker): ReadyChunk[] {
  const all: ReadyChunk[] = [];
  for (let ready = chunker.shift(); ready !== undefined; ready = chunker.shift()) all.push(ready);
  return all;
}

describe('the chunker', () => {
  it.each([
    [20, 20],
    [10, 50],
    [60, 20],
    [20, 100],
    [2.5, 30],
  ])(
    'makes %d ms frames into %d ms chunks without losing or moving a sample',
    (frameMs, chunkMs) => {
      const chunker = new Chunker(16_000, chunkMs, 60_000);

      for (let ms = 0; ms < 3000; ms += frameMs) chunker.add(frameAt(ms, frameMs));
      chunker.completePartial();

      let nextMs = 0;
      let completed = 0;
      for (const { chunk, completed: frames } of drain(chunker)) {
        expect(chunk.startMs).toBe(nextMs);
        expect(chunk.pcm.length).toBe(chunk.durationMs * 16);
        expect(chunk.pcm[0]).toBe((16 * nextMs) % 32_000);
        expect(chunk.pcm.at(-1)).toBe((16 * (nextMs + chunk.durationMs) - 1) % 32_000);
        nextMs += chunk.durationMs;
        completed += frames.length;
      }
      expect(nextMs).toBe(3000);
      expect(completed).toBe(3000 / frameMs);
    },
  );

  it('tells what each chunk is made of, to the ms', () => {
    const chunker = new Chunker(16_000, 50, 1000);

    chunker.add(frameAt(0));
    chunker.add(frameAt(20, 20, 'plc'));
    chunker.add(frameAt(40, 20, 'plc'));

    expect(drain(chunker)[0]?.chunk.spans).toEqual([
      { provenance: 'received', durationMs: 20 },
      { provenance: 'plc', durationMs: 30 },
    ]);
  });

  it('keeps to the sender’s time over a jump', () => {
    const chunker = new Chunker(16_000, 50, 1000);

    chunker.add(frameAt(0));
    chunker.add(frameAt(5000));
    chunker.completePartial();

    expect(drain(chunker).map(({ chunk }) => [chunk.startMs, chunk.durationMs])).toEqual([
      [0, 20],
      [5000, 20],
    ]);
  });

  it('drops the oldest over its bound and tells exactly what', () => {
    const chunker = new Chunker(16_000, 20, 100);

    const dropped = Array.from({ length: 10 }, (_, i) => chunker.add(frameAt(i * 20))).flat();

    expect(dropped.map(({ startMs }) => startMs)).toEqual([0, 20, 40, 60, 80]);
    expect(chunker.waitingMs).toBe(100);
    expect(drain(chunker)[0]?.chunk.startMs).toBe(100);
  });

  describe('given a later version', () => {
    const better = (mediaMs: number, durationMs = 20): AudioFrame => ({
      ...frameAt(mediaMs, durationMs).frame,
      pcm: new Int16Array(16 * durationMs).fill(-7),
      version: 1,
    });
    const sevens = ({ pcm }: { readonly pcm: Int16Array }): number[] => [
      pcm.indexOf(-7) / 16,
      (pcm.lastIndexOf(-7) + 1) / 16,
    ];

    it('puts it where the first waits, in chunks and in the one being filled', () => {
      const chunker = new Chunker(16_000, 50, 1000);
      for (const ms of [0, 20, 40, 60]) chunker.add(frameAt(ms, 20, 'plc'));

      expect(chunker.amend(better(40))).toBeUndefined();
      chunker.add(frameAt(80));

      const [first, second] = drain(chunker).map(({ chunk }) => chunk);
      expect(first?.spans).toEqual([
        { provenance: 'plc', durationMs: 40 },
        { provenance: 'received', durationMs: 10 },
      ]);
      expect(second?.spans).toEqual([
        { provenance: 'received', durationMs: 10 },
        { provenance: 'plc', durationMs: 20 },
        { provenance: 'received', durationMs: 20 },
      ]);
      expect(first && sevens(first)).toEqual([40, 50]);
      expect(second && sevens(second)).toEqual([0, 10]);
      expect([first?.version, second?.version]).toEqual([0, 0]);
    });

    it('gives back what of it has left already', () => {
      const chunker = new Chunker(16_000, 50, 1000);
      for (const ms of [0, 20, 40]) chunker.add(frameAt(ms, 20, 'plc'));
      drain(chunker);

      expect(chunker.amend(better(0))).toMatchObject({ startMs: 0, durationMs: 20, version: 1 });
      const left = chunker.amend(better(40));

      expect(left).toMatchObject({
        startMs: 40,
        durationMs: 10,
        sampleRateHz: 16_000,
        spans: [{ provenance: 'received', durationMs: 10 }],
        version: 1,
      });
      expect(left?.pcm).toEqual(new Int16Array(160).fill(-7));
      chunker.add(frameAt(60, 40));
      expect(drain(chunker).map(({ chunk }) => sevens(chunk))).toEqual([[0, 10]]);
    });

    it('gives all of it back where nothing waits', () => {
      const chunker = new Chunker(16_000, 20, 1000);
      for (const ms of [0, 20]) chunker.add(frameAt(ms));
      drain(chunker);

      expect(chunker.amend(better(20))?.durationMs).toBe(20);
    });
  });
});
