import { type AudioFrame, TICKS_PER_SECOND } from './receiver/audio-frame.js';
import type { RtpArrival } from './receiver/rtp-arrival.js';
import { parseRtp } from './receiver/rtp-packet.js';

/** What an RTCP sender report says (RFC 3550 6.4.1), and when it came. */
export interface SenderReport {
  /** The sender's wall clock, µs; any epoch, always the same. */
  readonly ntpUs: number;
  /** The RTP timestamp of that moment, 0..2^32-1. */
  readonly rtpTimestamp: number;
  /** When the report arrived, receiver's monotonic µs. */
  readonly arrivalUs: number;
  /** Round-trip time to the sender as last measured, µs; half of it is taken as the report's transit. */
  readonly rttUs: number;
}

/** Reports the offset is taken from: the quickest of them waited least in queues. */
const WINDOW = 8;
const TIMESTAMP_TURN = 2 ** 32;
const US_PER_TICK = 1e6 / TICKS_PER_SECOND;

/** Knows when a media position was captured, on the receiver's clock, from sender reports. */
export class CaptureClock {
  #offsetsUs: number[] = [];
  #latest: SenderReport | undefined;
  #lastPacket: { readonly arrivalUs: number; readonly timestamp: number } | undefined;
  /** RTP timestamp of media position 0, known once a frame could be told to be of one packet. */
  #originTimestamp: number | undefined;
  /**
   * The most by which a capture seemed to lie after its arrival, µs. Senders that pair a frame's first sample with the
   * time the frame was sent (browsers do) are ahead by its length.
   */
  #aheadUs = 0;

  report(report: SenderReport): void {
    const offsetUs = report.arrivalUs - report.rttUs / 2 - report.ntpUs;
    if (!Number.isFinite(offsetUs) || report.rttUs < 0) return;
    this.#offsetsUs.push(offsetUs);
    if (this.#offsetsUs.length > WINDOW) this.#offsetsUs.shift();
    this.#latest = report;
  }

  notePackets(packets: readonly RtpArrival[]): void {
    const [packet] = packets;
    // Two packets of one arrival time could not be told apart by their frames.
    const header = packets.length === 1 && packet !== undefined ? parseRtp(packet.data) : undefined;
    if (header === undefined || packet === undefined) this.#lastPacket = undefined;
    else this.#lastPacket = { arrivalUs: packet.arrivalUs, timestamp: header.timestamp };
  }

  noteFrame(frame: Omit<AudioFrame, 'pcm'>): void {
    const { arrivalUs, provenance, mediaTicks, durationTicks } = frame;
    if (arrivalUs === undefined || provenance !== 'received') return;
    const packet = this.#lastPacket;
    if (arrivalUs === packet?.arrivalUs) {
      this.#originTimestamp = modulo(packet.timestamp - mediaTicks, TIMESTAMP_TURN);
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
    if (this.#latest === undefined || this.#originTimestamp === undefined) return undefined;
    const turned = modulo(
      this.#originTimestamp + mediaTicks - this.#latest.rtpTimestamp,
      TIMESTAMP_TURN,
    );
    const ticksSinceReport = turned < TIMESTAMP_TURN / 2 ? turned : turned - TIMESTAMP_TURN;
    return this.#latest.ntpUs + ticksSinceReport * US_PER_TICK + Math.min(...this.#offsetsUs);
  }
}

function modulo(value: number, turn: number): number {
  return ((value % turn) + turn) % turn;
}
