import { OpusEncoder } from '../receiver/opus-encoder.js';
import { buildRtp } from '../receiver/rtp-packet.js';
import type { TimedPacket } from './delivery.js';

/** How a simulated sender speaks. */
export interface TalkSettings {
  readonly sampleRateHz: 8000 | 12000 | 16000 | 24000 | 48000;
  /** @defaultValue 20 */
  readonly frameMs?: 10 | 20 | 40 | 60;
  /** @defaultValue 24000 */
  readonly bitrateBps?: number;
  /** In-band copies for the loss expected (RFC 6716 2.1.7). @defaultValue 'off' */
  readonly fec?: 'on' | 'off';
  /** 0..100; steers how much FEC there is. @defaultValue 10 with FEC, else 0 */
  readonly expectedLossPercent?: number;
  /** Leave out silence (RFC 7587 3.1.3). @defaultValue 'off' */
  readonly dtx?: 'on' | 'off';
  /** @defaultValue 111 */
  readonly payloadType?: number;
  readonly ssrc: number;
  /** @defaultValue 0 */
  readonly firstSequenceNumber?: number;
  /** @defaultValue 0 */
  readonly firstTimestamp?: number;
}

/** Opus packets of silence the encoder wants left out are at most this long, bytes (libopus, opus_encode). */
const DTX_BYTES = 2;
/** A sender in DTX still says that it is there (as WebRTC does), so that the receiver keeps its noise up to date. */
const DTX_REFRESH_MS = 400;

/**
 * Speaks PCM as Opus RTP: each packet at the time its last sample was captured, from 0 on.
 *
 * A last piece shorter than a frame is filled with silence.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function talk(pcm: Int16Array, settings: TalkSettings): TimedPacket[] {
  return [...speak([pcm], settings)];
}

/**
 * The same of PCM that comes in pieces of any length; holds one frame.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`, when the first packet is asked for
 */
export function* speak(
  pieces: Iterable<Int16Array>,
  settings: TalkSettings,
): Generator<TimedPacket> {
  const { sampleRateHz, frameMs = 20, bitrateBps = 24_000, fec = 'off', dtx = 'off' } = settings;
  const { expectedLossPercent = fec === 'on' ? 10 : 0, payloadType = 111, ssrc } = settings;
  const { firstSequenceNumber = 0, firstTimestamp = 0 } = settings;

  const encoder = new OpusEncoder({
    sampleRateHz,
    bitrateBps,
    frameMs,
    fec,
    expectedLossPercent,
    dtx,
    application: 'voip',
  });
  const { frameSamples, frameTicks } = encoder;
  let frame = 0;
  let packets = 0;
  let quietMs = 0;
  let isFirstOfTalk = true;
  try {
    for (const samples of inFrames(pieces, frameSamples)) {
      const payload = encoder.encode(samples);
      const timestamp = (firstTimestamp + frame++ * frameTicks) >>> 0;

      const isQuiet = payload.length <= DTX_BYTES;
      const isLeftOut = isQuiet && quietMs > 0 && quietMs < DTX_REFRESH_MS;
      quietMs = !isQuiet ? 0 : isLeftOut ? quietMs + frameMs : frameMs;
      if (isLeftOut) continue;
      const header = {
        payloadType,
        sequenceNumber: (firstSequenceNumber + packets++) & 0xffff,
        timestamp,
        ssrc,
        marker: isFirstOfTalk && !isQuiet, // RFC 7587 4.2: the first packet of a talk spurt
      };
      isFirstOfTalk = isQuiet;
      yield { atUs: frame * frameMs * 1000, data: buildRtp(header, payload) };
    }
  } finally {
    encoder.close();
  }
}

/** Frames of one length, each valid until the next; the last is filled with zeros. */
function* inFrames(pieces: Iterable<Int16Array>, frameSamples: number): Generator<Int16Array> {
  const frame = new Int16Array(frameSamples);
  let filled = 0;
  for (let piece of pieces) {
    while (piece.length > 0) {
      const part = piece.subarray(0, frameSamples - filled);
      frame.set(part, filled);
      filled += part.length;
      piece = piece.subarray(part.length);
      if (filled < frameSamples) continue;
      yield frame;
      filled = 0;
    }
  }
  if (filled > 0) yield frame.fill(0, filled);
}
