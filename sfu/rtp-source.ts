import type { UdpCandidate } from './ice-candidate.js';
import type { AudioOffer } from './sdp-offer.js';

/** A whole RTP packet (header included) and when it arrived. */
export interface SourcePacket {
  readonly data: Uint8Array;
  /** Monotonic µs, stamped before anything else was done with the packet. */
  readonly arrivalUs: number;
  readonly ssrc: number;
}

/** The sender's clock as its RTCP sender report gives it (RFC 3550 6.4.1). */
export interface SenderReport {
  readonly ssrc: number;
  /** The sender's wall clock, µs since 1970 (NTP seconds less 2,208,988,800). */
  readonly ntpUnixUs: number;
  /** The RTP timestamp of the same instant, 48 kHz ticks, 32 bits. */
  readonly rtpTimestamp: number;
  /** Monotonic µs. */
  readonly arrivalUs: number;
}

/** Why a source ended; a metric label, so the set is closed. */
export type SourceEnd = 'closed' | 'peer-closed' | 'connect-timeout' | 'transport-failed';

/** What a source tells its owner; called synchronously, must not throw. */
export interface SourceHandlers {
  connected(): void;
  packet(packet: SourcePacket): void;
  senderReport(report: SenderReport): void;
  /** Once, and the last call. */
  ended(reason: SourceEnd): void;
}

/** One peer that publishes one audio track: what an SFU backend has to give. */
export interface RtpSource {
  /**
   * Adds trickled candidates; more than the backend's bound are left out.
   *
   * That there are no more is not told: a peer behind a NAT is reached by the way its checks come (RFC 8445 7.3.1.3),
   * named or not, and how long that may take has its own bound.
   */
  addCandidates(candidates: readonly UdpCandidate[]): Promise<void>;
  /** Whether it was agreed that the peer sends packets again when asked. */
  readonly answersNack: boolean;
  /** Number of the header extension abs-capture-time, where it was agreed that the peer may send it. */
  readonly captureTimeExtension: number | undefined;
  /** Asks the peer to send packets again (RFC 4585 6.2.1), at most 64 of one SSRC at a time. */
  requestPackets(ssrc: number, sequenceNumbers: readonly number[]): void;
  /** Last round-trip time measured on the path, µs. */
  rttUs(): number | undefined;
  /** Idempotent; frees sockets and timers. */
  close(): Promise<void>;
}

/** A WebRTC implementation: the only place that knows its package. */
export interface RtpBackend {
  readonly name: string;
  /**
   * Answers an offer.
   *
   * @returns the answer with every candidate of this side, and the source, not yet connected
   * @throws {EarshotError} `EARSHOT_LIMIT_REACHED` when no UDP port is free
   */
  accept(
    offer: AudioOffer,
    handlers: SourceHandlers,
  ): Promise<{ readonly answerSdp: string; readonly source: RtpSource }>;
  /** Idempotent; closes every source. */
  close(): Promise<void>;
}
