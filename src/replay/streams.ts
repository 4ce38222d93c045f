import type { Capture, CapturedDatagram } from '../capture/capture.js';
import {
  type Codecs,
  canBeG711,
  describePayloadType,
  isAudio,
  isDynamic,
  OPUS,
  STATIC_CODECS,
} from '../capture/payload-types.js';
import { checkRange, EarshotError } from '../errors.js';
import { parseOpus, parseRtp, type RtpHeader } from '../receiver/rtp-packet.js';

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
export interface ChosenStream {
  readonly ssrc: number;
  /** Of most of its audio. */
  readonly payloadType: number;
  /** What is played, by payload type. */
  readonly codecs: Codecs;
  /** RTP packets of the stream, of any payload type. */
  readonly packets: number;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
}

/** What of a stream can be played, and how many packets of audio that is. */
interface Playable {
  readonly codecs: Codecs;
  readonly payloadType: number;
  readonly audioPackets: number;
}

/** More streams than any call has; a hostile capture could make up millions. */
const MAX_STREAMS = 4096;
const MAX_LISTED = 8;
/** Numbers apart up to which two packets are compared. */
const MAX_STEP_PACKETS = 16;
/** Every Opus length is a multiple of 2.5 ms. */
const GRID_TICKS = 120;

class FoundStream {
  readonly ssrc: number;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly packetsByPayloadType: Map<number, number> = new Map();
  /** Of those, packets that can be PCMU or PCMA by their length. */
  readonly g711ByPayloadType: Map<number, number> = new Map();
  packets = 0;
  /** Packets that can be Opus by their payload and follow the one before as its length demands, and such that do not. */
  opusPackets = 0;
  otherPackets = 0;
  #previous: { readonly header: RtpHeader; readonly durationTicks: number } | undefined;

  constructor(ssrc: number, { sourcePort, destinationPort }: CapturedDatagram) {
    this.ssrc = ssrc;
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
  }

  add(header: RtpHeader, data: Uint8Array): void {
    const { payloadType, payloadOffset, payloadLength } = header;
    this.packets++;
    countUp(this.packetsByPayloadType, payloadType);
    if (canBeG711(payloadType, payloadLength)) countUp(this.g711ByPayloadType, payloadType);
    if (!isDynamic(payloadType)) return;
    const opus = parseOpus(data.subarray(payloadOffset, payloadOffset + payloadLength));
    if (opus !== undefined && this.#follows(header)) this.opusPackets++;
    else this.otherPackets++;
    this.#previous = opus && { header, durationTicks: opus.durationTicks };
  }

  /** Opus counts in 48 kHz: a packet is at least as long after another as what that holds, and more only for a pause. */
  #follows(header: RtpHeader): boolean {
    if (this.#previous === undefined) return true;
    const { sequenceNumber, timestamp } = this.#previous.header;
    const stepPackets = (header.sequenceNumber - sequenceNumber) & 0xffff;
    if (stepPackets === 0 || stepPackets > MAX_STEP_PACKETS) return true;
    const pauseTicks =
      ((header.timestamp - timestamp) >>> 0) - stepPackets * this.#previous.durationTicks;
    return pauseTicks === 0 || (pauseTicks > 0 && pauseTicks % GRID_TICKS === 0);
  }

  packetsOf(payloadType: number): number {
    return this.packetsByPayloadType.get(payloadType) ?? 0;
  }

  /** Whether most packets of a static type are what it stands for; encrypted ones are not. */
  isG711(payloadType: number): boolean {
    return 2 * (this.g711ByPayloadType.get(payloadType) ?? 0) > this.packetsOf(payloadType);
  }

  /** The dynamic payload type that most packets have. */
  get dynamicPayloadType(): number | undefined {
    return [...this.packetsByPayloadType]
      .filter(([payloadType]) => isDynamic(payloadType))
      .sort(([, a], [, b]) => b - a)[0]?.[0];
  }

  toString(): string {
    const types = [...this.packetsByPayloadType.keys()]
      .slice(0, 4)
      .map(describePayloadType)
      .join(', ');
    const ports =
      this.sourcePort === undefined ? '' : `, UDP ${this.sourcePort} > ${this.destinationPort}`;
    return `ssrc ${this.ssrc} (payload type ${types}, ${this.packets} packets${ports})`;
  }
}

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
    .map((stream) => ({ stream, playable: playableOf(stream, choice) }))
    .filter(({ playable }) => playable.audioPackets > 0)
    .sort((a, b) => b.playable.audioPackets - a.playable.audioPackets)[0];
  if (best === undefined) {
    throw new EarshotError('EARSHOT_NO_STREAM', describeMiss(capture, choice, streams));
  }
  const { packets, sourcePort, destinationPort } = best.stream;
  const { codecs, payloadType: chosenType } = best.playable;
  return {
    ssrc: best.stream.ssrc,
    payloadType: chosenType,
    codecs,
    packets,
    sourcePort,
    destinationPort,
  };
}

/** The RTP header of a datagram when it belongs to the stream. */
export function headerInStream(
  datagram: CapturedDatagram,
  stream: ChosenStream,
): RtpHeader | undefined {
  if (datagram.sourcePort !== stream.sourcePort) return undefined;
  if (datagram.destinationPort !== stream.destinationPort) return undefined;
  const header = parseRtp(datagram.data);
  return header?.ssrc === stream.ssrc ? header : undefined;
}

/** What the user names is believed; what he leaves open must look like it. */
function playableOf(stream: FoundStream, choice: StreamChoice): Playable {
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
    const isNamed = choice.ssrc !== undefined && packetsOfAudio.size === 0;
    if (isNamed || stream.opusPackets > stream.otherPackets) {
      codecs[dynamicType] = OPUS;
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
  return known === undefined || (isAudio(known) && !stream.isG711(type)) ? undefined : known;
}

function findStreams(capture: Capture): FoundStream[] {
  const streams = new Map<string, FoundStream>();
  for (const datagram of capture) {
    const header = parseRtp(datagram.data);
    if (header === undefined) continue;
    const key = `${header.ssrc} ${datagram.sourcePort} ${datagram.destinationPort}`;
    let stream = streams.get(key);
    if (stream === undefined) {
      if (streams.size >= MAX_STREAMS) continue;
      stream = new FoundStream(header.ssrc, datagram);
      streams.set(key, stream);
    }
    stream.add(header, datagram.data);
  }
  return [...streams.values()].sort((a, b) => b.packets - a.packets);
}

function countUp(counts: Map<number, number>, payloadType: number): void {
  counts.set(payloadType, (counts.get(payloadType) ?? 0) + 1);
}

function describeMiss(
  capture: Capture,
  { ssrc, payloadType, codecs }: StreamChoice,
  streams: readonly FoundStream[],
): string {
  const wanted = [
    ssrc === undefined ? '' : ` with ssrc ${ssrc}`,
    payloadType === undefined ? '' : ` with payload type ${payloadType}`,
    codecs === undefined ? '' : ` with payload type ${Object.keys(codecs).join(' or ')}`,
  ].join('');
  const missing = `${capture.name}: no stream that can be played${wanted}`;
  if (streams.length > 0) {
    const more = streams.length > MAX_LISTED ? ` and ${streams.length - MAX_LISTED} more` : '';
    return (
      `${missing}. It holds ${streams.slice(0, MAX_LISTED).join('; ')}${more}. ` +
      'Opus, PCMU, PCMA and L16 can be played: say what a dynamic payload type is by codecs'
    );
  }
  const skipped = Object.entries(capture.counts.skipped).map(
    ([reason, count]) => `${count} ${reason}`,
  );
  const why = skipped.length > 0 ? ` (left out: ${skipped.join(', ')})` : '';
  return `${missing}: no RTP in its ${capture.counts.records} records${why}`;
}
