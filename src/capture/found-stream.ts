import {
  isPaddingAlone,
  parseOpus,
  payloadOf,
  type RtpHeader,
  splitRed,
} from '../receiver/rtp-packet.js';
import type { Capture } from './capture.js';
import type { CapturedPacket } from './captured-packet.js';
import { OpusLook } from './opus-look.js';
import type { PacketCursor } from './packet-cursor.js';
import { PayloadLook } from './payload-look.js';
import { canBeG711, describePayloadType, isDynamic } from './payload-types.js';
import { SenderClock } from './sender-clock.js';
import { ssrcText } from './ssrc-text.js';

/** More streams than any call has; a hostile capture could make up millions. */
export const MAX_STREAMS = 4096;
const OPUS_CLOCK_RATE_HZ = 48_000;

/** One RTP stream of a capture (an SSRC between two ports), and what its packets look like. */
export class FoundStream {
  readonly ssrc: number;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly packetsByPayloadType: Map<number, number> = new Map();
  /** Of those, packets that can be PCMU or PCMA by their length. */
  readonly g711ByPayloadType: Map<number, number> = new Map();
  readonly clock: SenderClock = new SenderClock();
  packets = 0;
  /** Packets whose payload the capture did not keep. */
  headersOnly = 0;
  /** Packets of nothing but padding, which probe a path or keep it open: they say nothing of what the stream is. */
  paddingPackets = 0;
  readonly #opus = new OpusLook();
  /** The newest audio of packets that are not Opus themselves but have the form of RED. */
  readonly #red = new OpusLook();
  readonly #redPrimaries: Map<number, number> = new Map();
  readonly #look = new PayloadLook();

  /** @param first - its first packet, which is not counted yet */
  constructor({ header, sourcePort, destinationPort }: CapturedPacket) {
    this.ssrc = header.ssrc;
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
  }

  add(packet: CapturedPacket): void {
    const { header, payloadBytes } = packet;
    const { payloadType, timestamp, opus } = header;
    const payloadLength = payloadBytes ?? header.payloadLength;
    this.packets++;
    countUp(this.packetsByPayloadType, payloadType);
    if (isPadding(packet)) {
      this.paddingPackets++;
      this.#opus.addPadding();
      this.#red.addPadding();
      return;
    }
    this.clock.add(packet.atUs, timestamp);
    if (canBeG711(payloadType, payloadLength)) countUp(this.g711ByPayloadType, payloadType);
    if (payloadBytes !== undefined) this.headersOnly++;
    else if (!this.#look.hasSeenEnough) this.#look.add(payloadOf(packet));
    if (!isDynamic(payloadType)) return;
    if (payloadBytes !== undefined) {
      this.#opus.addHeader(header, payloadBytes);
      return;
    }
    if (this.#opus.add(header, opus?.durationTicks)) return;
    this.#addRed(header, payloadOf(packet));
  }

  #addRed(header: RtpHeader, payload: Uint8Array): void {
    const primary = splitRed(payload, header.payloadType).at(-1);
    if (primary?.timestampOffset !== 0) return;
    if (this.#red.add(header, parseOpus(primary.payload)?.durationTicks)) {
      countUp(this.#redPrimaries, primary.payloadType);
    }
  }

  packetsOf(payloadType: number): number {
    return this.packetsByPayloadType.get(payloadType) ?? 0;
  }

  /** Whether most packets of a static type are what it stands for; encrypted ones are not. */
  isG711(payloadType: number): boolean {
    return 2 * (this.g711ByPayloadType.get(payloadType) ?? 0) > this.packetsOf(payloadType);
  }

  /** Packets of Opus by the look of them. */
  get opusPackets(): number {
    return this.#opus.opusPackets;
  }

  /** Whether what is on its dynamic payload types is Opus by the look of it, of headers alone by its clock too. */
  get looksLikeOpus(): boolean {
    if (this.#opus.opusPackets <= this.#opus.otherPackets) return false;
    return this.headersOnly === 0 || this.clock.nominalHz === OPUS_CLOCK_RATE_HZ;
  }

  /** Of a stream that is RED (RFC 2198) of Opus by the look of it: its packets of RED, and what Opus is numbered in them. */
  get red(): { readonly packets: number; readonly primaryType: number } | undefined {
    const [primaryType, packets] = [...this.#redPrimaries].sort(([, a], [, b]) => b - a)[0] ?? [];
    if (primaryType === undefined || packets === undefined) return undefined;
    return 2 * packets > this.packets ? { packets, primaryType } : undefined;
  }

  /** SRTP by the look of it. */
  get looksEncrypted(): boolean {
    return this.#look.looksEncrypted;
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
    const encrypted = this.looksEncrypted ? ', encrypted' : '';
    return `ssrc ${ssrcText(this.ssrc)} (payload type ${types}, ${this.packets} packets${ports}${encrypted})`;
  }
}

/**
 * Whether a packet is padding and nothing else (RFC 3550 5.1): its timestamp, too, is of no audio. A header alone does not
 * tell.
 */
export function isPadding(packet: CapturedPacket): boolean {
  return packet.payloadBytes === undefined && isPaddingAlone(packet);
}

/**
 * Gives every RTP packet of a capture to its stream.
 *
 * @param make - makes the keeper of a new stream
 * @returns the keepers, in the order their streams begin; streams beyond `MAX_STREAMS` have none
 */
export function sortIntoStreams<Keeper extends { add(packet: CapturedPacket): void }>(
  packets: PacketCursor,
  make: (packet: CapturedPacket) => Keeper,
): Keeper[] {
  const byPorts = new Map<number, Map<number, Keeper>>();
  const keepers: Keeper[] = [];
  while (packets.next()) {
    const { ssrc } = packets;
    const ports = (packets.sourcePort ?? 0) * 65_536 + (packets.destinationPort ?? 0);
    let bySsrc = byPorts.get(ports);
    let keeper = bySsrc?.get(ssrc);
    if (keeper === undefined) {
      if (keepers.length >= MAX_STREAMS) continue;
      keeper = make(packets);
      keepers.push(keeper);
      bySsrc ??= new Map();
      bySsrc.set(ssrc, keeper);
      byPorts.set(ports, bySsrc);
    }
    keeper.add(packets);
  }
  return keepers;
}

/** The RTP streams of a capture, those with the most packets first. */
export function findStreams(capture: Capture): FoundStream[] {
  using packets = capture.cursor();
  return sortIntoStreams(packets, (first) => new FoundStream(first)).sort(
    (a, b) => b.packets - a.packets,
  );
}

function countUp(counts: Map<number, number>, payloadType: number): void {
  counts.set(payloadType, (counts.get(payloadType) ?? 0) + 1);
}
