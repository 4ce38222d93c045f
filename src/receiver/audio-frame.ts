/**
 * Where the samples of a frame came from.
 *
 * `received` the packet itself; `red` an identical copy (RFC 2198); `fec` the codec's in-band copy
 * (LBRR, RFC 6716 2.1.7); `dred` deep redundancy; `plc` made up by the codec's concealment; `cng` comfort noise;
 * `dtx` silence the sender's codec announced; `silence` a pause the sender's timestamps skip over without a loss.
 */
export type Provenance = 'received' | 'red' | 'fec' | 'dred' | 'plc' | 'cng' | 'dtx' | 'silence';

/** All provenances, in the order of the engine's numbers (native/receiver/frame.h). */
export const PROVENANCES: readonly Provenance[] = [
  'received',
  'red',
  'fec',
  'dred',
  'plc',
  'cng',
  'dtx',
  'silence',
];

/** Whether the audio stands in the place of a packet that had not come itself. */
export function isSubstitute(provenance: Provenance): boolean {
  return (
    provenance === 'red' || provenance === 'fec' || provenance === 'dred' || provenance === 'plc'
  );
}

/** RTP ticks a second of media time: Opus always counts in 48 kHz (RFC 7587 4.1). */
export const TICKS_PER_SECOND = 48_000;
export const TICKS_PER_MS: number = TICKS_PER_SECOND / 1000;
/** 2.5 ms, the shortest Opus frame: every length is a multiple of it. */
export const GRID_TICKS = 120;

/** A piece of decoded audio on the sender's own time base. */
export interface AudioFrame {
  /** Mono 16-bit PCM at the receiver's sample rate. */
  readonly pcm: Int16Array;
  /** Media position of the first sample: unwrapped RTP timestamp minus the first packet's, 48 kHz ticks. */
  readonly mediaTicks: number;
  /** Length in 48 kHz ticks; `pcm.length` is this at the sample rate. */
  readonly durationTicks: number;
  readonly provenance: Provenance;
  /** 0 when first handed out; a repair of the same media position has a higher one. */
  readonly version: number;
  /** When the packet that gave these samples arrived, µs; `undefined` where no packet did. */
  readonly arrivalUs: number | undefined;
  /** Time of the poll that handed the frame out, µs. */
  readonly finalisedUs: number;
  /** `finalisedUs` minus the minimum-delay line at the end of the frame, over the path as it was then, µs. */
  readonly latencyUs: number;
  /** When the first sample was captured by the sender's clock, Unix µs; `undefined` while the sender has told nothing. */
  readonly captureUnixUs: number | undefined;
  /** Whether it was finalised after its deadline because the host polled late. */
  readonly missedDeadline: boolean;
  /** Concealed time in a row up to and including this frame, ms; 0 when the audio is real. */
  readonly lossRunMs: number;
  /** How far the audio can be trusted, 0..1: falls with concealment, recovers as the decoder converges after it. */
  readonly confidence: number;
  /** RMS level in dB relative to full scale, -127..0 (as in RFC 6464). */
  readonly levelDb: number;
}
