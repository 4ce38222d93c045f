import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseWav } from '../../../sfu/demo/wav-file.js';

const CALL = new URL('../../../fixtures/speech/call.wav', import.meta.url);

describe('WAV files of the demo', () => {
  it('reads the samples of the fixture call', async () => {
    const { sampleRateHz, pcm } = parseWav(await readFile(CALL));

    expect(sampleRateHz).toBe(16_000);
    expect(pcm.length / sampleRateHz).toBeGreaterThan(30);
    expect(pcm.some((sample) => Math.abs(sample) > 1000)).toBe(true);
  });

  it('refuses stereo, other files, and files without audio, and says what it got', async () => {
    const call = await readFile(CALL);
    const stereo = Buffer.from(call);
    stereo.writeUInt16LE(2, 22);

    expect(() => parseWav(stereo)).toThrow('got format 1, 2 channels, 16 bits');
    expect(() => parseWav(Buffer.from('no sound in here'))).toThrow('Not a WAV file');
    expect(() => parseWav(call.subarray(0, 36))).toThrow('no audio');
  });

  it('takes what is there of a file that was cut short', async () => {
    const call = await readFile(CALL);

    expect(parseWav(call.subarray(0, 20_001)).pcm.length).toBeGreaterThan(9900);
  });
});
