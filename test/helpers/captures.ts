import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { OpusDecoder, parseRtp, type RtpHeader } from '../../src/index.js';
import {
  type Capture,
  type FrameLine,
  openCapture,
  type ReplayOptions,
  type ReplayReport,
  readWav,
  replay,
} from '../../src/replay/index.js';

const CAPTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'captures');

export function fixtureCapture(file: string): Capture {
  return openCapture(join(CAPTURES, file));
}

/** All that a replay gives. */
export interface ReplayOutcome {
  readonly report: ReplayReport;
  readonly lines: readonly FrameLine[];
  readonly pcm: Int16Array;
  /** The two files as they are. */
  readonly wavBytes: Buffer;
  readonly frameBytes: Buffer;
}

/** Makes replays that write into a folder of the test file, which is removed at its end. */
export function replayer(): (capture: Capture, options?: ReplayOptions) => Promise<ReplayOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-replay-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let runs = 0;
  return async (capture, options = {}) => {
    const wavPath = join(folder, `${++runs}.wav`);
    const framesPath = join(folder, `${runs}.ndjson`);
    const report = await replay(capture, { ...options, wavPath, framesPath });
    const frameBytes = readFileSync(framesPath);
    return {
      report,
      lines: linesOf(frameBytes.toString()),
      pcm: readWav(wavPath).pcm,
      wavBytes: readFileSync(wavPath),
      frameBytes,
    };
  };
}

export function linesOf(text: string): FrameLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** A packet of a capture with its header read. */
export interface HeardPacket {
  readonly header: RtpHeader;
  readonly payload: Uint8Array;
  readonly atUs: number;
  /** Unwrapped timestamp from the first packet's, 48 kHz ticks. */
  readonly mediaTicks: number;
}

/** The RTP packets of a capture in order of arrival; it must hold one stream of less than 12 hours. */
export function packetsOf(capture: Capture): HeardPacket[] {
  const packets: HeardPacket[] = [];
  let first: number | undefined;
  for (const { data, atUs } of capture) {
    const header = parseRtp(data);
    if (header === undefined) continue;
    first ??= header.timestamp;
    const payload = data.subarray(
      header.payloadOffset,
      header.payloadOffset + header.payloadLength,
    );
    packets.push({ header, payload, atUs, mediaTicks: (header.timestamp - first) | 0 });
  }
  return packets;
}

/** What plain decoding of one packet after the other gives: the truth where nothing is lost or out of order. */
export function decodeInSequence(capture: Capture, sampleRateHz = 16_000): Int16Array {
  const decoder = new OpusDecoder({ sampleRateHz });
  const pieces = packetsOf(capture).map(({ payload }) => decoder.decode(payload));
  decoder.close();
  const pcm = new Int16Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    pcm.set(piece, at);
    at += piece.length;
  }
  return pcm;
}

/** Place of the first sample that differs, -1 where none does; a length that differs counts. */
export function firstDifference(one: Int16Array, other: Int16Array): number {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return i;
  return one.length === other.length ? -1 : length;
}
