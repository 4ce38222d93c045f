import { type AudioFrame, TICKS_PER_SECOND } from './receiver/audio-frame.js';
import type { RtpArrival } from './receiver/rtp-arrival.js';
import { parseRtp } from './receiver/rtp-packet.js';

/** What an RTCP sender report says (RFC 3550 6.4.1), and when it came. */
export interface SenderReport {
  /** Of the sender, 0..2^32-1. */
  readonly ssrc: number;
  /** The sender's wall clock, µs since 1970: NTP less 2,208,988,800 s. */
  readonly ntpUnixUs: number;
  /** The RTP timestamp of that moment, 0..2^32-1. */
  readonly rtpTimestamp: number;
  /** When the report arrived, receiver's monotonic µs. */
  readonly arrivalUs: number;
  /**
   * Round-trip time to the sender as last measured, µs; half of it is taken as the report's transit. While it is
   * `undefined` no uplink can be measured.
   */
  readonly rttUs: number | undefined;
}

/** Reports the offset is taken from: the quickest of them waited least in queues. */
const WINDOW = 8;
/** Senders whose reports are kept: the stream's, and who may take its place. */
const MAX_SENDERS = 4;
const TIMESTAMP_TURN = 2 ** 32;
const US_PER_TICK = 1e6 / TICKS_PER_SECOND;

interface SentAt {
  readonly ssrc: number;
  readonly timestamp: number;
  readonly arrivalUs: number;
}

/** What one sender has told. */
interface SenderClock {
  readonly latest: SenderReport;
  /** The receiver's clock less the sender's by the last reports, µs. */
  readonly offsetsUs: readonly number[];
}

/** Knows when a media position was captured, on the receiver's clock, from sender reports. */
export class CaptureClock {
  /** By SSRC; who was heard of last stands last. */
  readonly #senders = new Map<number, SenderClock>();
  #lastPacket: SentAt | undefined;
  /** What media position 0 is to the sender, known once a frame could be told to be of one packet. */
  #origin: Omit<SentAt, 'arrivalUs'> | undefined;
  /**
   * The most by which a capture seemed to lie after its arrival, µs. Senders that pair a frame's first sample with the
   * time the frame was sent (browsers do) are ahead by its length.
   */
  #aheadUs = 0;

  report(report: SenderReport): void {
    const { ssrc, arrivalUs, ntpUnixUs, rttUs } = report;
    if (rttUs === undefined) return;
    const offsetUs = arrivalUs - rttUs / 2 - ntpUnixUs;
    if (!Number.isFinite(offsetUs) || rttUs < 0) return;
    const earlier = this.#senders.get(ssrc)?.offsetsUs ?? [];
    this.#senders.delete(ssrc);
    this.#senders.set(ssrc, {
      latest: report,
      offsetsUs: [...earlier.slice(1 - WINDOW), offsetUs],
    });
    const [oldest] = this.#senders.keys();
    if (this.#senders.size > MAX_SENDERS && oldest !== undefined) this.#senders.delete(oldest);
  }

  notePackets(packets: readonly RtpArrival[]): void {
    const [packet] = packets;
    // Two packets of one arrival time could not be told apart by their frames.
    const header = packets.length === 1 && packet !== undefined ? parseRtp(packet.data) : undefined;
    if (header === undefined || packet === undefined) this.#lastPacket = undefined;
    else {
      const { ssrc, timestamp } = header;
      this.#lastPacket = { ssrc, timestamp, arrivalUs: packet.arrivalUs };
    }
  }

  noteFrame(frame: Omit<AudioFrame, 'pcm'>): void {
    const { arrivalUs, provenance, mediaTicks, durationTicks } = frame;
    if (arrivalUs === undefined || provenance !== 'received') return;
    const packet = this.#lastPacket;
    if (arrivalUs === packet?.arrivalUs) {
      this.#origin = {
        ssrc: packet.ssrc,
        timestamp: modulo(packet.timestamp - mediaTicks, TIMESTAMP_TURN),
      };
      // Its first frame begins at the packet's timestamp; more of the same packet would not.
      this.#lastPacket = undefined;
    }
    const capturedUs = this.#reportedTimeUs(mediaTicks + durationTicks);
    if (capturedUs !== undefined) this.#aheadUs = Math.max(this.#aheadUs, capturedUs - arrivalUs);
  }

  /** When the sample at `mediaTicks` was captured, receiver's µs; undefined while that is not known. */
  captureTimeUs(mediaTicks: number): number | undefined {
    const reportedUs = this.#reportedTimeUs(mediaTicks);
    return reportedUs === undefined ? undefined : reportedUs - this.#aheadUs;
  }

  #reportedTimeUs(mediaTicks: number): number | undefined {
    if (this.#origin === undefined) return undefined;
    const sender = this.#senders.get(this.#origin.ssrc);
    if (sender === undefined) return undefined;
    const { latest, offsetsUs } = sender;
    const turned = modulo(
      this.#origin.timestamp + mediaTicks - latest.rtpTimestamp,
      TIMESTAMP_TURN,
    );
    const ticksSinceReport = turned < TIMESTAMP_TURN / 2 ? turned : turned - TIMESTAMP_TURN;
    return latest.ntpUnixUs + ticksSinceReport * US_PER_TICK + Math.min(...offsetsUs);
  }
}

function modulo(value: number, turn: number): number {
  return ((value % turn) + turn) % turn;
}
