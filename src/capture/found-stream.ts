import { parseOpus, parseRtp, type RtpHeader } from '../receiver/rtp-packet.js';
import type { Capture, CapturedDatagram } from './capture.js';
import { PayloadLook } from './payload-look.js';
import { canBeG711, describePayloadType, isDynamic } from './payload-types.js';
import { SenderClock } from './sender-clock.js';

/** More streams than any call has; a hostile capture could make up millions. */
export const MAX_STREAMS = 4096;
/** Numbers apart up to which two packets are compared. */
const MAX_STEP_PACKETS = 16;
/** Every Opus length is a multiple of 2.5 ms, and none is over 120 ms. */
const GRID_TICKS = 120;
const MAX_OPUS_TICKS = 5760;
const MAX_OPUS_FRAME_BYTES = 1275;
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
  /** Packets that can be Opus by their payload and follow the one before as its length demands, and such that do not. */
  opusPackets = 0;
  otherPackets = 0;
  readonly #look = new PayloadLook();
  #previous: { readonly header: RtpHeader; readonly durationTicks: number } | undefined;

  constructor(ssrc: number, { sourcePort, destinationPort }: CapturedDatagram) {
    this.ssrc = ssrc;
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
  }

  add(header: RtpHeader, { data, atUs, payloadBytes }: CapturedDatagram): void {
    const { payloadType, payloadOffset, timestamp } = header;
    const payloadLength = payloadBytes ?? header.payloadLength;
    this.packets++;
    this.clock.add(atUs, timestamp);
    countUp(this.packetsByPayloadType, payloadType);
    if (canBeG711(payloadType, payloadLength)) countUp(this.g711ByPayloadType, payloadType);
    if (payloadBytes === undefined) this.#look.add(data, payloadOffset, payloadLength);
    else this.headersOnly++;
    if (!isDynamic(payloadType)) return;

    const durationTicks =
      payloadBytes === undefined
        ? parseOpus(data.subarray(payloadOffset, payloadOffset + payloadLength))?.durationTicks
        : this.#durationByHeader(header, payloadBytes);
    if (durationTicks !== undefined && this.#follows(header)) this.opusPackets++;
    else this.otherPackets++;
    this.#previous = durationTicks === undefined ? undefined : { header, durationTicks };
  }

  /** How long a packet of Opus would be of which only the header is there: as long as the step from the one before. */
  #durationByHeader(header: RtpHeader, payloadBytes: number): number | undefined {
    if (payloadBytes > MAX_OPUS_FRAME_BYTES) return undefined;
    if (this.#previous === undefined) return GRID_TICKS;
    const stepTicks = (header.timestamp - this.#previous.header.timestamp) >>> 0;
    if (stepTicks === 0 || stepTicks % GRID_TICKS !== 0) return undefined;
    // What follows must be no shorter than the shortest.
    return stepTicks > MAX_OPUS_TICKS ? this.#previous.durationTicks : GRID_TICKS;
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

  /** Whether what is on its dynamic payload types is Opus by the look of it, of headers alone by its clock too. */
  get looksLikeOpus(): boolean {
    if (this.opusPackets <= this.otherPackets) return false;
    return this.headersOnly === 0 || this.clock.nominalHz === OPUS_CLOCK_RATE_HZ;
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
    return `ssrc ${this.ssrc} (payload type ${types}, ${this.packets} packets${ports}${encrypted})`;
  }
}

/**
 * Gives every RTP packet of a capture to its stream.
 *
 * @param make - makes the keeper of a new stream
 * @returns the keepers, in the order their streams begin; streams beyond `MAX_STREAMS` have none
 */
export function sortIntoStreams<
  Keeper extends { add(header: RtpHeader, datagram: CapturedDatagram): void },
>(
  capture: Iterable<CapturedDatagram>,
  make: (ssrc: number, datagram: CapturedDatagram) => Keeper,
  onOther: (datagram: CapturedDatagram) => void = () => {},
): Keeper[] {
  const byPorts = new Map<number, Map<number, Keeper>>();
  const keepers: Keeper[] = [];
  for (const datagram of capture) {
    const header = parseRtp(datagram.data);
    if (header === undefined) {
      onOther(datagram);
      continue;
    }
    const ports = (datagram.sourcePort ?? 0) * 65_536 + (datagram.destinationPort ?? 0);
    let bySsrc = byPorts.get(ports);
    let keeper = bySsrc?.get(header.ssrc);
    if (keeper === undefined) {
      if (keepers.length >= MAX_STREAMS) continue;
      keeper = make(header.ssrc, datagram);
      keepers.push(keeper);
      bySsrc ??= new Map();
      bySsrc.set(header.ssrc, keeper);
      byPorts.set(ports, bySsrc);
    }
    keeper.add(header, datagram);
  }
  return keepers;
}

/** The RTP streams of a capture, those with the most packets first. */
export function findStreams(capture: Capture): FoundStream[] {
  return sortIntoStreams(capture, (ssrc, datagram) => new FoundStream(ssrc, datagram)).sort(
    (a, b) => b.packets - a.packets,
  );
}

function countUp(counts: Map<number, number>, payloadType: number): void {
  counts.set(payloadType, (counts.get(payloadType) ?? 0) + 1);
}
