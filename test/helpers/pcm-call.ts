import { buildRtp } from '../../src/index.js';
import type { TimedPacket } from '../../src/simulate/index.js';
import { fixtureCall } from './call.js';

/** A codec of plain samples, mono. */
export interface PcmCodec {
  /** As `PCMU/8000`, `PCMA/8000` or `L16/16000`. */
  readonly rtpmap: string;
  readonly payloadType: number;
}

export interface PcmCallOptions {
  readonly firstSequenceNumber?: number;
  readonly startMs?: number;
}

const FRAME_MS = 20;

/** The first `frames` times 20 ms of the fixture call at the codec's rate; at 8 kHz every second sample. */
export function linearCall({ rtpmap }: PcmCodec, frames: number, startMs = 0): Int16Array {
  const step = 16_000 / Number(rtpmap.split('/')[1]);
  const { pcm } = fixtureCall();
  const samples = (frames * FRAME_MS * 16) / step;
  return Int16Array.from({ length: samples }, (_, i) => pcm[startMs * 16 + i * step] as number);
}

/** The same as RTP, every packet arriving the moment it is complete. */
export function pcmCall(
  codec: PcmCodec,
  frames: number,
  { firstSequenceNumber = 0, startMs = 0 }: PcmCallOptions = {},
): TimedPacket[] {
  const pcm = linearCall(codec, frames, startMs);
  const frameSamples = pcm.length / frames;
  return Array.from({ length: frames }, (_, i) => {
    const frame = pcm.subarray(i * frameSamples, (i + 1) * frameSamples);
    const header = {
      payloadType: codec.payloadType,
      sequenceNumber: (firstSequenceNumber + i) & 0xffff,
      timestamp: (startMs / FRAME_MS + i) * frameSamples,
      ssrc: 5,
    };
    return {
      atUs: (startMs + FRAME_MS * (i + 1)) * 1000,
      data: buildRtp(header, encode(codec, frame)),
    };
  });
}

function encode({ rtpmap }: PcmCodec, pcm: Int16Array): Uint8Array {
  if (rtpmap.startsWith('PCMU')) return Uint8Array.from(pcm, muLaw);
  if (rtpmap.startsWith('PCMA')) return Uint8Array.from(pcm, aLaw);
  const bytes = Buffer.alloc(2 * pcm.length);
  for (const [i, sample] of pcm.entries()) bytes.writeInt16BE(sample, 2 * i);
  return bytes;
}

/** ITU-T G.711 table 2: sign, segment and step of the magnitude plus 33, at 14 bits, inverted. */
function muLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample) >> 2, 8158) + 33;
  const segment = 31 - Math.clz32(magnitude) - 5;
  const step = (magnitude >> (segment + 1)) & 15;
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | step) & 0xff;
}

/** ITU-T G.711 table 1: sign, segment and step of the magnitude at 13 bits, every second bit inverted. */
function aLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample) >> 3, 4095);
  const segment = magnitude < 32 ? 0 : 31 - Math.clz32(magnitude) - 4;
  const step = (magnitude >> Math.max(segment, 1)) & 15;
  return ((sample < 0 ? 0 : 0x80) | (segment << 4) | step) ^ 0x55;
}
