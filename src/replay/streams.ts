import type { Capture } from '../capture/capture.js';
import type { StreamAddress } from '../capture/captured-packet.js';
import { type FoundStream, findStreams } from '../capture/found-stream.js';
import { whyNoRtp } from '../capture/no-rtp.js';
import { type Codecs, isAudio, OPUS, RED, STATIC_CODECS } from '../capture/payload-types.js';
import { ssrcText } from '../capture/ssrc-text.js';
import { checkRange, EarshotError } from '../errors.js';

/** Which stream of a capture to replay; what is left out is found by what the packets look like. */
export interface StreamChoice {
  /** 0..2^32-1. @defaultValue the stream with the most packets that can be played */
  readonly ssrc?: number;
  /** RTP payload type of Opus, 0..127. @defaultValue the stream's most frequent dynamic one (96..127) */
  readonly payloadType?: number | undefined;
  /**
   * What payload types mean, as in `ReceiverOptions`, beside the static ones of PCMU, PCMA and CN.
   *
   * @defaultValue a dynamic one whose packets look like it is Opus
   */
  readonly codecs?: Codecs | undefined;
}

/** The RTP stream that a replay runs. */
export interface ChosenStream extends StreamAddress {
  /** Of most of its audio. */
  readonly payloadType: number;
  /** What is played, by payload type. */
  readonly codecs: Codecs;
  /** RTP packets of the stream, of any payload type. */
  readonly packets: number;
  /** Of those, packets whose payload the capture did not keep: there is nothing to decode. */
  readonly headersOnly: number;
}

/** What of a stream can be played, and how many packets of audio that is. */
interface Playable {
  readonly codecs: Codecs;
  readonly payloadType: number;
  readonly audioPackets: number;
}

const MAX_LISTED = 8;

/**
 * Reads the whole capture once and picks the stream to replay.
 *
 * @throws {EarshotError} `EARSHOT_NO_STREAM` with the streams that are there; `EARSHOT_BAD_CAPTURE`;
 *   `EARSHOT_BAD_OPTION` for a choice out of range
 */
export function chooseStream(capture: Capture, choice: StreamChoice = {}): ChosenStream {
  const { ssrc, payloadType } = choice;
  if (ssrc !== undefined) checkRange('ssrc', ssrc, 0, 2 ** 32 - 1);
  if (payloadType !== undefined) checkRange('payloadType', payloadType, 0, 127);

  const streams = findStreams(capture);
  const best = streams
    .filter((stream) => ssrc === undefined || stream.ssrc === ssrc)
    .map((stream) => ({ stream, playable: playableOf(stream, choice, capture.rtpmap) }))
    .filter(({ playable }) => playable.audioPackets > 0)
    .sort((a, b) => b.playable.audioPackets - a.playable.audioPackets)[0];
  if (best === undefined) {
    throw new EarshotError('EARSHOT_NO_STREAM', describeMiss(capture, choice, streams));
  }
  const { packets, headersOnly, sourcePort, destinationPort } = best.stream;
  const { codecs, payloadType: chosenType } = best.playable;
  return {
    ssrc: best.stream.ssrc,
    payloadType: chosenType,
    codecs,
    packets,
    headersOnly,
    sourcePort,
    destinationPort,
  };
}

/** What the user or the file names is believed; what they leave open must look like it. */
function playableOf(
  stream: FoundStream,
  choice: StreamChoice,
  fileRtpmap: string | undefined,
): Playable {
  const codecs: Record<number, string> = {};
  const packetsOfAudio = new Map<number, number>();
  for (const [type, packets] of stream.packetsByPayloadType) {
    const rtpmap = rtpmapOf(stream, type, choice);
    if (rtpmap === undefined) continue;
    codecs[type] = rtpmap;
    if (isAudio(rtpmap)) packetsOfAudio.set(type, packets);
  }
  const dynamicType = stream.dynamicPayloadType;
  if (
    dynamicType !== undefined &&
    choice.payloadType === undefined &&
    choice.codecs === undefined
  ) {
    const isNamed =
      (choice.ssrc !== undefined || fileRtpmap !== undefined) &&
      packetsOfAudio.size === 0 &&
      !stream.looksEncrypted;
    const { red } = stream;
    if (red !== undefined && !stream.looksLikeOpus) {
      codecs[dynamicType] = RED;
      codecs[red.primaryType] = OPUS;
      packetsOfAudio.set(dynamicType, red.packets);
    } else if (isNamed || stream.looksLikeOpus) {
      codecs[dynamicType] = fileRtpmap ?? OPUS;
      packetsOfAudio.set(dynamicType, isNamed ? stream.packetsOf(dynamicType) : stream.opusPackets);
    }
  }
  const byCount = [...packetsOfAudio].sort(([, a], [, b]) => b - a);
  return {
    codecs,
    payloadType: byCount[0]?.[0] ?? 0,
    audioPackets: byCount.reduce((sum, [, packets]) => sum + packets, 0),
  };
}

/** What a payload type means by the user's word, or by RFC 3551 where its packets bear that out. */
function rtpmapOf(
  stream: FoundStream,
  type: number,
  { payloadType, codecs }: StreamChoice,
): string | undefined {
  if (payloadType !== undefined) return type === payloadType ? OPUS : undefined;
  const rtpmap = codecs?.[type];
  if (rtpmap !== undefined) return rtpmap;
  const known = STATIC_CODECS[type];
  if (known === undefined || !isAudio(known)) return known;
  return stream.isG711(type) && !stream.looksEncrypted ? known : undefined;
}

function describeMiss(
  capture: Capture,
  { ssrc, payloadType, codecs }: StreamChoice,
  streams: readonly FoundStream[],
): string {
  const wanted = [
    ssrc === undefined ? '' : ` with ssrc ${ssrcText(ssrc)}`,
    payloadType === undefined ? '' : ` with payload type ${payloadType}`,
    codecs === undefined ? '' : ` with payload type ${Object.keys(codecs).join(' or ')}`,
  ].join('');
  const missing = `${capture.name}: no stream that can be played${wanted}`;
  if (streams.length > 0) {
    const isEncrypted = streams[0]?.looksEncrypted === true;
    const more = streams.length > MAX_LISTED ? ` and ${streams.length - MAX_LISTED} more` : '';
    return (
      `${missing}. It holds ${streams.slice(0, MAX_LISTED).join('; ')}${more}. ` +
      (isEncrypted
        ? 'This is SRTP: give its key by --srtp-key (what stands behind inline: in the SDP), or capture where it is decrypted'
        : 'Opus, PCMU, PCMA and L16 can be played: say what a dynamic payload type is by --codec, as 96=opus/48000/2')
    );
  }
  return `${missing}: ${whyNoRtp(capture)}`;
}
