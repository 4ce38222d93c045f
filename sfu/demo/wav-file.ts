/** Mono 16-bit PCM from a file. */
export interface WavAudio {
  readonly sampleRateHz: number;
  readonly pcm: Int16Array;
}

const PCM_FORMAT = 1;

/**
 * Reads a mono 16-bit PCM WAV file.
 *
 * @throws {Error} naming what is different in this one
 */
export function parseWav(file: Uint8Array): WavAudio {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tag = (offset: number): string => String.fromCharCode(...file.subarray(offset, offset + 4));
  if (file.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw new Error('Not a WAV file');
  let sampleRateHz: number | undefined;
  for (let offset = 12; offset + 8 <= file.length; ) {
    const bytes = view.getUint32(offset + 4, true);
    const body = offset + 8;
    if (tag(offset) === 'fmt ' && body + 16 <= file.length) {
      const [format, channels] = [view.getUint16(body, true), view.getUint16(body + 2, true)];
      const bits = view.getUint16(body + 14, true);
      if (format !== PCM_FORMAT || channels !== 1 || bits !== 16) {
        throw new Error(
          `Expected mono 16-bit PCM, got format ${format}, ${channels} channels, ${bits} bits`,
        );
      }
      sampleRateHz = view.getUint32(body + 4, true);
    }
    if (tag(offset) === 'data' && sampleRateHz !== undefined) {
      const samples = Math.min(bytes, file.length - body) >> 1;
      const pcm = Int16Array.from({ length: samples }, (_, k) => view.getInt16(body + 2 * k, true));
      return { sampleRateHz, pcm };
    }
    offset = body + bytes + (bytes % 2);
  }
  throw new Error('The WAV file has no audio');
}
