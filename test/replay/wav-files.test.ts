import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readWav } from '../../src/replay/index.js';
import { WavWriter } from '../../src/replay/wav.js';
import { Random } from '../../src/simulate/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-wav-'));
const path = join(folder, 'a.wav');
afterAll(() => rmSync(folder, { recursive: true }));

function finished(writer: WavWriter): void {
  writer.finish();
  writer.complete();
}

function write(
  ...pieces: readonly (readonly [position: number, samples: readonly number[]])[]
): Int16Array {
  const writer = new WavWriter(path, 16_000);
  for (const [position, samples] of pieces) writer.write(position, Int16Array.from(samples));
  finished(writer);
  return readWav(path).pcm;
}

describe('a WAV file', () => {
  it('has the header that players know', () => {
    write([0, [1, -2, 3]]);
    const bytes = readFileSync(path);

    expect(bytes.length).toBe(44 + 6);
    expect(bytes.toString('latin1', 0, 4)).toBe('RIFF');
    expect(bytes.readUInt32LE(4)).toBe(36 + 6);
    expect(bytes.toString('latin1', 8, 16)).toBe('WAVEfmt ');
    expect(bytes.readUInt16LE(20)).toBe(1); // PCM
    expect(bytes.readUInt16LE(22)).toBe(1); // channels
    expect(bytes.readUInt32LE(24)).toBe(16_000);
    expect(bytes.readUInt32LE(28)).toBe(32_000); // bytes a second
    expect(bytes.readUInt16LE(32)).toBe(2); // bytes a sample
    expect(bytes.readUInt16LE(34)).toBe(16); // bits
    expect(bytes.readUInt32LE(40)).toBe(6);
  });

  it('is silent where nothing was written', () => {
    expect([...write([4, [7, 8]])]).toEqual([0, 0, 0, 0, 7, 8]);
  });

  it('holds the later of two writes to a place', () => {
    expect([...write([0, [1, 2, 3, 4]], [1, [8, 9]])]).toEqual([1, 8, 9, 4]);
  });

  it('leaves out what lies before its first sample', () => {
    expect([...write([-2, [1, 2, 3]], [-9, [5]])]).toEqual([3]);
  });

  it.each([1, 2])('holds what was written anywhere and in any order (seed %d)', (seed) => {
    const random = new Random(seed);
    const expected = new Int16Array(200_000);
    const writer = new WavWriter(path, 48_000);
    let end = 0;
    for (let i = 0; i < 300; i++) {
      const at = random.below(150_000);
      const piece = Int16Array.from(
        { length: random.below(50_000) },
        () => random.below(65_536) - 32_768,
      );
      writer.write(at, piece);
      expected.set(piece.subarray(0, expected.length - at), at);
      end = Math.max(end, at + piece.length);
    }
    finished(writer);

    const { sampleRateHz, pcm } = readWav(path);
    expect(sampleRateHz).toBe(48_000);
    expect(Buffer.compare(Buffer.from(pcm.buffer), Buffer.from(expected.buffer, 0, end * 2))).toBe(
      0,
    );
  });

  it('ends at what 32 bits can count', () => {
    const writer = new WavWriter(path, 16_000);
    expect(() => writer.write(2 ** 31, Int16Array.of(1))).toThrow(
      expect.objectContaining({ code: 'EARSHOT_LIMIT_REACHED' }),
    );
    finished(writer);
  });

  it('is refused when it is not mono 16-bit PCM, with the place', () => {
    write([0, [1]]);
    const stereo = readFileSync(path);
    stereo.writeUInt16LE(2, 22);
    writeFileSync(path, stereo);
    expect(() => readWav(path)).toThrow(/a\.wav, byte 12: format 1, 2 channels, 16 bits/);

    writeFileSync(path, 'no sound');
    expect(() => readWav(path)).toThrow(/a\.wav, byte 0: not a WAV file/);
  });

  it('cannot be written where there is no folder', () => {
    expect(() => new WavWriter(join(folder, 'none', 'a.wav'), 16_000)).toThrow(
      expect.objectContaining({ code: 'EARSHOT_BAD_OPTION' }),
    );
  });
});
