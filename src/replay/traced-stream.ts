import { ArrivalTrace, type PacketContent } from '../analysis/arrival-trace.js';
import type { Capture } from '../capture/capture.js';
import type { CapturedDatagram } from '../capture/captured-datagram.js';
import { isDynamic } from '../capture/payload-types.js';
import { ssrcText } from '../capture/ssrc-text.js';
import { checkRange, EarshotError } from '../errors.js';
import { parseRtp, type RtpHeader } from '../receiver/rtp-packet.js';
import type { StreamChoice } from './streams.js';

/** A packet of a stream whose payload need not be there. */
export interface TracedDatagram {
  readonly datagram: CapturedDatagram;
  readonly header: RtpHeader;
  /** On the wire; 0 for none, and where the capture does not tell. */
  readonly payloadBytes: number;
}

/** The stream of a capture of headers: what its numbers tell without a payload. */
export interface TracedStream {
  readonly key: string;
  readonly ssrc: number;
  /** Of most packets; packets of it and of static types of audio are audio. */
  readonly payloadType: number;
  readonly clockRateHz: number;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly trace: ArrivalTrace;
}

/** Audio of RFC 3551 tables 4 and 5 with the clock its timestamps count by; that of G.722 is 8000 by mistake (4.5.2). */
const STATIC_CLOCKS_HZ: Readonly<Record<number, number>> = {
  0: 8000,
  3: 8000,
  4: 8000,
  5: 8000,
  6: 16_000,
  7: 8000,
  8: 8000,
  9: 8000,
  10: 44_100,
  11: 44_100,
  12: 8000,
  15: 8000,
  16: 11_025,
  17: 22_050,
  18: 8000,
};
const COMFORT_NOISE = 13;
/** RFC 4733 2.3; nothing else beside audio is as short. */
const TELEPHONE_EVENT_BYTES = 4;
/** Of dynamic types; 44100 Hz has types of its own. */
const CLOCKS_HZ = [8000, 16_000, 24_000, 32_000, 48_000] as const;
const MAX_STREAMS = 4096;
/** Numbers apart up to which two packets tell the clock, and how far apart their media may be. */
const MAX_STEP_PACKETS = 16;
const MAX_STEP_US = 2_000_000;
const MAX_STEP_TICKS = 2 * 48_000;
const DEFAULT_FRAME_TICKS = 960;

/**
 * Picks the stream of a capture of headers and reads its numbers.
 *
 * @throws {EarshotError} `EARSHOT_NO_STREAM`, `EARSHOT_BAD_CAPTURE`, `EARSHOT_BAD_OPTION`
 */
export function traceStream(capture: Capture, choice: StreamChoice): TracedStream {
  const { ssrc, payloadType: named, codecs = {} } = choice;
  if (ssrc !== undefined) checkRange('ssrc', ssrc, 0, 2 ** 32 - 1);
  const key = streamWithMostPackets(capture, ssrc);
  if (key === undefined) {
    const wanted = ssrc === undefined ? 'no RTP' : `no RTP with ssrc ${ssrcText(ssrc)}`;
    throw new EarshotError('EARSHOT_NO_STREAM', `${capture.name}: ${wanted}`);
  }
  const payloadType = named ?? mostFrequentType(capture, key);
  const clockRateHz =
    Number(codecs[payloadType]?.split('/')[1]) ||
    STATIC_CLOCKS_HZ[payloadType] ||
    clockOf(capture, key, payloadType);

  const trace = new ArrivalTrace();
  let first: TracedDatagram | undefined;
  for (const packet of packetsOfTrace(capture, key)) {
    first ??= packet;
    const { header, datagram, payloadBytes } = packet;
    trace.add(header, {
      arrivalUs: datagram.atUs,
      durationTicks: DEFAULT_FRAME_TICKS,
      payloadBytes,
      copies: 0,
      content: contentOf(header.payloadType, payloadType, payloadBytes),
      clockRateHz,
    });
  }
  return {
    key,
    ssrc: first?.header.ssrc ?? 0,
    payloadType,
    clockRateHz,
    sourcePort: first?.datagram.sourcePort,
    destinationPort: first?.datagram.destinationPort,
    trace,
  };
}

/** The packets of a stream in order of arrival. */
export function* packetsOfTrace(capture: Capture, key: string): Generator<TracedDatagram> {
  for (const datagram of capture) {
    const header = parseRtp(datagram.data);
    if (header === undefined || keyOf(header, datagram) !== key) continue;
    yield { header, datagram, payloadBytes: datagram.payloadBytes ?? header.payloadLength };
  }
}

function contentOf(type: number, payloadType: number, payloadBytes: number): PacketContent {
  if (type === COMFORT_NOISE) return 'comfort-noise';
  if (type === payloadType || STATIC_CLOCKS_HZ[type] !== undefined) return 'audio';
  return payloadBytes === TELEPHONE_EVENT_BYTES ? 'telephone-event' : 'other';
}

function keyOf({ ssrc }: RtpHeader, { sourcePort, destinationPort }: CapturedDatagram): string {
  return `${ssrc} ${sourcePort} ${destinationPort}`;
}

/**
 * Of packets without payload. Counts steps of the timestamps: the packets of a picture share one, so that video beside the
 * audio counts less.
 */
function streamWithMostPackets(capture: Capture, ssrc: number | undefined): string | undefined {
  const counts = new Map<string, number>();
  const newest = new Map<string, number>();
  for (const datagram of capture) {
    if (datagram.payloadBytes === undefined) continue;
    const header = parseRtp(datagram.data);
    if (header === undefined || (ssrc !== undefined && header.ssrc !== ssrc)) continue;
    const key = keyOf(header, datagram);
    if (!counts.has(key) && counts.size === MAX_STREAMS) continue;
    const isStep = newest.get(key) !== header.timestamp;
    newest.set(key, header.timestamp);
    counts.set(key, (counts.get(key) ?? 0) + Number(isStep));
  }
  return mostOf(counts);
}

function mostFrequentType(capture: Capture, key: string): number {
  const counts = new Map<number, number>();
  for (const { header } of packetsOfTrace(capture, key)) {
    const { payloadType } = header;
    if (payloadType === COMFORT_NOISE) continue;
    if (!isDynamic(payloadType) && STATIC_CLOCKS_HZ[payloadType] === undefined) continue;
    counts.set(payloadType, (counts.get(payloadType) ?? 0) + 1);
  }
  return mostOf(counts) ?? 111;
}

/** A dynamic type's clock by how fast its timestamps run against arrivals, to the nearest usual one. */
function clockOf(capture: Capture, key: string, payloadType: number): number {
  let [ticks, us] = [0, 0];
  let previous: TracedDatagram | undefined;
  for (const packet of packetsOfTrace(capture, key)) {
    if (packet.header.payloadType !== payloadType) continue;
    if (previous !== undefined) {
      const { header, datagram } = previous;
      const stepPackets = ((packet.header.sequenceNumber - header.sequenceNumber) << 16) >> 16;
      if (stepPackets <= 0 && stepPackets >= -MAX_STEP_PACKETS) continue; // late, or a copy
      const stepTicks = (packet.header.timestamp - header.timestamp) | 0;
      const stepUs = packet.datagram.atUs - datagram.atUs;
      const isNear = stepPackets > 0 && stepPackets <= MAX_STEP_PACKETS && stepUs <= MAX_STEP_US;
      if (isNear && Math.abs(stepTicks) <= MAX_STEP_TICKS) {
        ticks += stepTicks;
        us += stepUs;
      }
    }
    previous = packet;
  }
  const perSecond = us > 0 ? (ticks * 1_000_000) / us : 48_000;
  if (perSecond <= 0) return 48_000;
  const distance = (hz: number): number => Math.abs(Math.log(hz / perSecond));
  return CLOCKS_HZ.reduce((best, hz) => (distance(hz) < distance(best) ? hz : best));
}

function mostOf<T>(counts: ReadonlyMap<T, number>): T | undefined {
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
