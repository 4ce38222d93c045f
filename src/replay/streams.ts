import { checkRange, EarshotError } from '../errors.js';
import { parseOpus, parseRtp, type RtpHeader } from '../receiver/rtp-packet.js';
import type { Capture, CapturedDatagram } from './capture.js';

/** Which stream of a capture to replay; what is left out is found by what the packets look like. */
export interface StreamChoice {
  /** 0..2^32-1. @defaultValue the stream with the most packets that look like Opus */
  readonly ssrc?: number;
  /** RTP payload type of Opus, 0..127. @defaultValue the stream's most frequent dynamic one (96..127) */
  readonly payloadType?: number | undefined;
}

/** The RTP stream that a replay runs. */
export interface ChosenStream {
  readonly ssrc: number;
  readonly payloadType: number;
  /** RTP packets of the stream, of any payload type. */
  readonly packets: number;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
}

/** More streams than any call has; a hostile capture could make up millions. */
const MAX_STREAMS = 4096;
const MAX_LISTED = 8;
const FIRST_DYNAMIC_PAYLOAD_TYPE = 96;
/** Numbers apart up to which two packets are compared. */
const MAX_STEP_PACKETS = 16;
/** Every Opus length is a multiple of 2.5 ms. */
const GRID_TICKS = 120;

class FoundStream {
  readonly ssrc: number;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly packetsByPayloadType: Map<number, number> = new Map();
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
    this.packetsByPayloadType.set(payloadType, this.packetsOf(payloadType) + 1);
    if (payloadType < FIRST_DYNAMIC_PAYLOAD_TYPE) return;
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

  /** The dynamic payload type that most packets have. */
  get dynamicPayloadType(): number | undefined {
    return [...this.packetsByPayloadType]
      .filter(([payloadType]) => payloadType >= FIRST_DYNAMIC_PAYLOAD_TYPE)
      .sort(([, a], [, b]) => b - a)[0]?.[0];
  }

  toString(): string {
    const types = [...this.packetsByPayloadType.keys()].slice(0, 4).join(', ');
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
    .map((stream) => ({ stream, score: scoreOf(stream, choice) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)[0]?.stream;
  const chosenType = payloadType ?? best?.dynamicPayloadType;
  if (best === undefined || chosenType === undefined) {
    throw new EarshotError('EARSHOT_NO_STREAM', describeMiss(capture, choice, streams));
  }
  const { packets, sourcePort, destinationPort } = best;
  return { ssrc: best.ssrc, payloadType: chosenType, packets, sourcePort, destinationPort };
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

/** What the user names is believed; what he leaves open must look like Opus. */
function scoreOf(stream: FoundStream, choice: StreamChoice): number {
  if (choice.payloadType !== undefined) return stream.packetsOf(choice.payloadType);
  const dynamic = stream.dynamicPayloadType;
  if (dynamic === undefined) return 0;
  if (choice.ssrc !== undefined) return stream.packetsOf(dynamic);
  return stream.opusPackets > stream.otherPackets ? stream.opusPackets : 0;
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

function describeMiss(
  capture: Capture,
  { ssrc, payloadType }: StreamChoice,
  streams: readonly FoundStream[],
): string {
  const wanted = [
    ssrc === undefined ? '' : ` with ssrc ${ssrc}`,
    payloadType === undefined ? '' : ` with payload type ${payloadType}`,
  ].join('');
  const missing = `${capture.name}: no Opus stream${wanted}`;
  if (streams.length > 0) {
    const more = streams.length > MAX_LISTED ? ` and ${streams.length - MAX_LISTED} more` : '';
    return `${missing}. It holds ${streams.slice(0, MAX_LISTED).join('; ')}${more}. Name one by ssrc and payload type`;
  }
  const skipped = Object.entries(capture.counts.skipped).map(
    ([reason, count]) => `${count} ${reason}`,
  );
  const why = skipped.length > 0 ? ` (left out: ${skipped.join(', ')})` : '';
  return `${missing}: no RTP in its ${capture.counts.records} records${why}`;
}
