import type { AudioFrame, Provenance } from './audio-frame.js';
import { PROVENANCES, TICKS_PER_SECOND } from './audio-frame.js';

/** Numbers that native/addon/receiver_fields.cc writes for a frame, in the order in which they are read here. */
export const FRAME_FIELDS = 14;

/** Makes the frame that the addon wrote at `index`; its PCM is a view of `pcm`. */
export function readAudioFrame(frames: Float64Array, index: number, pcm: Int16Array): AudioFrame {
  const at = index * FRAME_FIELDS;
  const field = (offset: number): number => frames[at + offset] as number;
  const sampleOffset = field(0);
  const arrivalUs = field(6);
  const captureUs = field(13);
  return {
    pcm: pcm.subarray(sampleOffset, sampleOffset + field(1)),
    mediaTicks: field(2),
    durationTicks: field(3),
    provenance: PROVENANCES[field(4)] as Provenance,
    version: field(5),
    arrivalUs: arrivalUs < 0 ? undefined : arrivalUs,
    finalisedUs: field(7),
    latencyUs: field(8),
    missedDeadline: field(9) !== 0,
    lossRunMs: (field(10) * 1000) / TICKS_PER_SECOND,
    levelDb: field(11),
    confidence: field(12),
    captureUnixUs: captureUs < 0 ? undefined : captureUs,
  };
}
