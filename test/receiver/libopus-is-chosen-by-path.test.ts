import { describe, expect, it } from 'vitest';
import { EarshotError, OpusDecoder, OpusEncoder, opusFeatures } from '../../src/index.js';
import { newerLibopus } from '../helpers/newer-libopus.js';

const SAMPLE_RATE_HZ = 16_000;

function encodeTone(): readonly Uint8Array[] {
  const encoder = new OpusEncoder({ sampleRateHz: SAMPLE_RATE_HZ });
  return Array.from({ length: 20 }, (_, frame) =>
    encoder.encode(
      Int16Array.from({ length: encoder.frameSamples }, (_, index) => {
        const n = frame * encoder.frameSamples + index;
        return Math.round(8000 * Math.sin((2 * Math.PI * 440 * n) / SAMPLE_RATE_HZ));
      }),
    ),
  );
}

/** The root mean square. */
function rmsOf(pcm: readonly number[]): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);
}

describe('libopus', () => {
  it('is the one that is built in unless another is named', () => {
    expect(opusFeatures()).toMatchObject({
      version: 'libopus 1.3.1',
      deepPlc: false,
      dred: false,
    });
  });

  it.each(['', '/nowhere/libopus.so.0', import.meta.filename])(
    'that is no library is refused with what helps: %j',
    (path) => {
      for (const attempt of [
        () => opusFeatures(path),
        () => new OpusDecoder({ sampleRateHz: SAMPLE_RATE_HZ, libopus: path }),
      ]) {
        expect(attempt).toThrowError(EarshotError);
        expect(attempt).toThrowError(
          expect.objectContaining({
            code: 'EARSHOT_LIBOPUS_UNUSABLE',
            message: expect.stringContaining('libopus.so.0'),
          }),
        );
      }
    },
  );

  it('is named by a string', () => {
    expect(() => opusFeatures(7 as unknown as string)).toThrowError(
      expect.objectContaining({ code: 'EARSHOT_BAD_OPTION' }),
    );
  });

  it('that is newer tells of its deep concealment', (ctx) => {
    const features = opusFeatures(newerLibopus(ctx));

    expect(features.deepPlc).toBe(true);
    expect(features.decoderBytes).toBeGreaterThan(opusFeatures().decoderBytes);
    // The one that is built in is still itself.
    expect(opusFeatures().version).toBe('libopus 1.3.1');
  });

  it('that is newer decodes the same packets to the same sound', (ctx) => {
    const libopus = newerLibopus(ctx);
    const packets = encodeTone();
    const [builtIn, newer] = [{}, { libopus }].map((choice) => {
      const decoder = new OpusDecoder({ sampleRateHz: SAMPLE_RATE_HZ, ...choice });
      return packets.flatMap((packet) => [...decoder.decode(packet)]);
    });
    if (builtIn === undefined || newer === undefined) throw new Error('two decodes');

    expect(newer).toHaveLength(builtIn.length);
    const difference = newer.map((sample, index) => sample - (builtIn[index] ?? 0));
    expect(rmsOf(difference)).toBeLessThan(0.01 * rmsOf(builtIn));
  });

  it('decodes to two channels where they are asked for', () => {
    const [packet = new Uint8Array()] = encodeTone();
    const mono = new OpusDecoder({ sampleRateHz: SAMPLE_RATE_HZ }).decode(packet);
    const stereo = new OpusDecoder({ sampleRateHz: SAMPLE_RATE_HZ, channels: 2 }).decode(packet);

    expect(stereo).toHaveLength(2 * mono.length);
    expect([...stereo].filter((_, index) => index % 2 === 0)).toEqual([...mono]);
    expect([...stereo].filter((_, index) => index % 2 === 1)).toEqual([...mono]);
    expect(
      () => new OpusDecoder({ sampleRateHz: SAMPLE_RATE_HZ, channels: 3 as unknown as 2 }),
    ).toThrowError('channels to be one of 1, 2, got 3');
  });
});
