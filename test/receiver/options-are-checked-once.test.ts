import { describe, expect, it } from 'vitest';
import type { OpusEncoderOptions, ReceiverOptions } from '../../src/index.js';
import { OpusDecoder, OpusEncoder, Receiver } from '../../src/index.js';

describe('options', () => {
  it.each<[ReceiverOptions, string]>([
    [
      { sampleRateHz: 44_100 },
      'sampleRateHz to be one of 8000, 12000, 16000, 24000, 48000, got 44100',
    ],
    [{ deadlineMs: -1 }, 'deadlineMs to be a number in 0..1000, got -1'],
    [{ deadlineMs: Number.NaN }, 'got NaN'],
    [{ eagerness: 1001 }, 'eagerness to be a number in 0..1000, got 1001'],
    [{ payloadType: 128 }, 'payloadType to be a number in 0..127, got 128'],
    [{ codecs: {} }, 'codecs to name a payload type, got {}'],
    [{ codecs: { 128: 'PCMU/8000' } }, 'payload types of codecs to be a number in 0..127, got 128'],
    [{ codecs: { x: 'PCMU/8000' } as never }, 'payload types of codecs to be a number in 0..127'],
    [{ codecs: { 9: 'G722/8000' } }, 'codecs[9] to be opus, PCMU, PCMA, L16, CN'],
    [{ codecs: { 9: 'G722/8000' } }, 'got "G722/8000": the encoding G722 is not supported'],
    [{ codecs: { 96: 'L16/44100' } }, 'got "L16/44100": the clock rate 44100 is not supported'],
    [{ codecs: { 96: 'opus/16000' } }, 'the clock rate 16000 is not supported'],
    [{ codecs: { 96: 'L16/48000/6' } }, '6 channels'],
    [{ codecs: { 96: 'L16' } }, 'got "L16"'],
    [{ codecs: { 96: '' } }, 'got ""'],
    [{ codecs: { 96: 8000 as unknown as string } }, 'got 8000: a number is not supported'],
    [{ codecs: { 96: 'opus/48000/2' }, payloadType: 96 }, 'Give payloadType or codecs, not both'],
    [{ captureTimeExtension: 0 }, 'captureTimeExtension to be a number in 1..255, got 0'],
    [{ captureTimeExtension: 256 }, 'captureTimeExtension to be a number in 1..255, got 256'],
    [{ channels: 2 }, 'channels to be 1 in mode recognizer, got 2'],
    [{ mode: 'playout', maxDelayMs: 10 }, 'maxDelayMs to be a number in 20..1000, got 10'],
    [{ minDelayMs: 200, maxDelayMs: 100 }, 'maxDelayMs to be a number in 200..1000, got 100'],
    [{ concealment: 'deep' }, 'concealment to be classic, got deep: this libopus has no network'],
    [{ maxFillMs: 10 }, 'maxFillMs to be a number in 20..10000, got 10'],
    [{ mode: 'radio' } as unknown as ReceiverOptions, 'mode to be one of recognizer, playout'],
    [{ deadlineMS: 100 } as unknown as ReceiverOptions, 'Unknown option deadlineMS of Receiver'],
  ])('a receiver with %j is refused with the range and the value', (options, message) => {
    expect(() => new Receiver(options)).toThrowError(message);
    expect(() => new Receiver(options)).toThrowError(
      expect.objectContaining({ code: 'EARSHOT_BAD_OPTION' }),
    );
  });

  it.each<[OpusEncoderOptions, string]>([
    [{ sampleRateHz: 11_025 }, 'sampleRateHz'],
    [{ bitrateBps: 5000 }, '6000..510000'],
    [{ frameMs: 15 }, 'frameMs to be one of 2.5, 5, 10, 20, 40, 60, got 15'],
    [{ fec: true } as unknown as OpusEncoderOptions, 'fec to be one of on, off'],
    [{ expectedLossPercent: 101 }, '0..100'],
    [{ complexity: 11 }, '0..10'],
  ])('an encoder with %j is refused with the range and the value', (options, message) => {
    expect(() => new OpusEncoder(options)).toThrowError(message);
  });

  it('an encoder takes exactly one frame', () => {
    const encoder = new OpusEncoder({ sampleRateHz: 48_000, frameMs: 2.5 });
    expect(encoder.frameSamples).toBe(120);
    expect(encoder.encode(new Int16Array(120)).length).toBeGreaterThan(0);
    for (const wrong of [new Int16Array(7), new Int16Array(0), new Float32Array(120)]) {
      expect(() => encoder.encode(wrong as Int16Array)).toThrowError(
        expect.objectContaining({ code: 'EARSHOT_BAD_ARGUMENT' }),
      );
    }
  });

  it('a bare decoder refuses what libopus refuses', () => {
    const decoder = new OpusDecoder({ sampleRateHz: 16_000 });
    expect(() => decoder.decode(Uint8Array.of(0x7b))).toThrowError(
      expect.objectContaining({ code: 'EARSHOT_BAD_ARGUMENT' }),
    );
    expect(() => decoder.decode('x' as unknown as Uint8Array)).toThrowError('Uint8Array');
  });
});
