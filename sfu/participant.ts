import { randomBytes } from 'node:crypto';
import type { UdpCandidate } from './ice-candidate.js';
import type { Metrics } from './metrics.js';
import type { RoomEvent } from './room-events.js';
import type { RtpBackend, RtpSource, SenderReport, SourceEnd, SourcePacket } from './rtp-source.js';
import type { AudioOffer } from './sdp-offer.js';

/** What becomes of one audio stream: the engine and the recognizer behind it. */
export interface AudioStream {
  packet(packet: SourcePacket): void;
  senderReport(report: SenderReport): void;
  /** Last round-trip time of the path, µs. */
  roundTrip(rttUs: number): void;
  /** Lets the recognizer finish and publishes the last events; idempotent, never rejects. */
  close(): Promise<void>;
}

/** Asks the sender for packets again. */
export type PacketRequest = (sequenceNumbers: readonly number[]) => void;

/** What was agreed with the sender of a stream. */
export interface StreamTerms {
  /** Undefined where the sender does not send packets again. */
  readonly requestPackets: PacketRequest | undefined;
  /** Number of the header extension abs-capture-time; undefined where the sender has none. */
  readonly captureTimeExtension: number | undefined;
}

export interface ParticipantParts {
  readonly backend: RtpBackend;
  readonly recognizerName: string;
  readonly metrics: Metrics;
  publish(event: RoomEvent): void;
  /** Called when the peer is connected: nothing costly is made for one who only asks. */
  openStream(participant: string, terms: StreamTerms): AudioStream;
  /** Called once, after the last event was published. */
  left(participant: Participant): void;
}

/** How often the path's round-trip time is looked at, ms. */
const ROUND_TRIP_MS = 1000;

/** One who speaks in a room: a source of packets, and the one stream made of them. */
export class Participant {
  /** Public: those who watch see it; it opens nothing. */
  readonly id: string = `p-${randomBytes(6).toString('hex')}`;
  readonly #parts: ParticipantParts;
  readonly #hungUpListeners: (() => void)[] = [];
  #state: 'connecting' | 'joined' | 'leaving' = 'connecting';
  #source: RtpSource | undefined;
  #stream: AudioStream | undefined;
  #ssrc: number | undefined;
  #roundTripTimer: NodeJS.Timeout | undefined;
  #left: Promise<void> | undefined;

  constructor(parts: ParticipantParts) {
    this.#parts = parts;
  }

  get hasJoined(): boolean {
    return this.#state === 'joined';
  }

  /** Answers the offer; the participant joins when the peer has connected. */
  async answer(offer: AudioOffer): Promise<string> {
    this.#parts.metrics.sessionStarted();
    const { answerSdp, source } = await this.#parts.backend.accept(offer, {
      connected: () => this.#join(),
      packet: (packet) => this.#onPacket(packet),
      senderReport: (report) => this.#stream?.senderReport(report),
      ended: (reason) => this.#end(reason),
    });
    this.#source = source;
    if (this.#state === 'leaving') await source.close();
    return answerSdp;
  }

  async addCandidates(candidates: readonly UdpCandidate[]): Promise<void> {
    await this.#source?.addCandidates(candidates);
  }

  /** Ends the call; what was said last may still be at the recognizer. */
  async hangUp(): Promise<void> {
    await this.#source?.close();
    this.#end('closed');
  }

  /** Ends the call and waits until the last event was published. */
  async close(): Promise<void> {
    await this.hangUp();
    await this.#left;
  }

  whenHungUp(listener: () => void): void {
    this.#hungUpListeners.push(listener);
  }

  joinedEvent(): RoomEvent {
    return {
      type: 'participant-joined',
      participant: this.id,
      recognizer: this.#parts.recognizerName,
    };
  }

  #join(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'joined';
    this.#parts.publish(this.joinedEvent());
    const answersNack = this.#source?.answersNack === true;
    this.#stream = this.#parts.openStream(this.id, {
      requestPackets: answersNack
        ? (sequenceNumbers) => this.#requestPackets(sequenceNumbers)
        : undefined,
      captureTimeExtension: this.#source?.captureTimeExtension,
    });
    this.#tellRoundTrip();
    this.#roundTripTimer = setInterval(() => this.#tellRoundTrip(), ROUND_TRIP_MS);
    this.#roundTripTimer.unref();
  }

  #tellRoundTrip(): void {
    const rttUs = this.#source?.rttUs();
    if (rttUs !== undefined) this.#stream?.roundTrip(rttUs);
  }

  #requestPackets(sequenceNumbers: readonly number[]): void {
    if (this.#ssrc !== undefined) this.#source?.requestPackets(this.#ssrc, sequenceNumbers);
  }

  /** Whether a new SSRC is the stream's next life or a stray is the engine's to find out. */
  #onPacket(packet: SourcePacket): void {
    this.#ssrc = packet.ssrc;
    this.#stream?.packet(packet);
  }

  #end(reason: SourceEnd): void {
    if (this.#left !== undefined) return;
    const hadJoined = this.hasJoined;
    this.#state = 'leaving';
    clearInterval(this.#roundTripTimer);
    for (const listener of this.#hungUpListeners) listener();
    this.#parts.metrics.sessionEnded(reason);
    this.#left = this.#leave(hadJoined);
  }

  async #leave(hadJoined: boolean): Promise<void> {
    await this.#stream?.close();
    if (hadJoined) this.#parts.publish({ type: 'participant-left', participant: this.id });
    this.#parts.left(this);
  }
}
