import { GRID_TICKS } from '../receiver/audio-frame.js';
import type { RtpHeader } from '../receiver/rtp-packet.js';

/** Numbers apart up to which two packets are compared. */
const MAX_STEP_PACKETS = 16;
/** No Opus packet is over 120 ms. */
const MAX_OPUS_TICKS = 5760;
const MAX_OPUS_FRAME_BYTES = 1275;

/** Tells whether packets are Opus by their payloads and by the timestamps that would follow from these. */
export class OpusLook {
  /** Packets that can be Opus by their payload and follow the one before as its length demands. */
  opusPackets = 0;
  otherPackets = 0;
  /** Of the packet before, where that could be Opus. */
  #hasPrevious = false;
  #sequenceNumber = 0;
  #timestamp = 0;
  #durationTicks = 0;

  /**
   * @param durationTicks - of the payload, as an Opus packet; undefined where it can be none
   * @returns whether it looks like Opus
   */
  add(header: RtpHeader, durationTicks: number | undefined): boolean {
    const isOpus = durationTicks !== undefined && this.#follows(header);
    if (isOpus) this.opusPackets++;
    else this.otherPackets++;
    this.#hasPrevious = durationTicks !== undefined;
    this.#sequenceNumber = header.sequenceNumber;
    this.#timestamp = header.timestamp;
    this.#durationTicks = durationTicks ?? 0;
    return isOpus;
  }

  /** Of a packet of padding: it has the next number, and no audio. */
  addPadding(): void {
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
  }

  /** Of a packet whose payload was not captured: it is as long as the step from the one before. */
  addHeader(header: RtpHeader, payloadBytes: number): void {
    this.add(header, this.#durationByHeader(header, payloadBytes));
  }

  #durationByHeader(header: RtpHeader, payloadBytes: number): number | undefined {
    if (payloadBytes > MAX_OPUS_FRAME_BYTES) return undefined;
    if (!this.#hasPrevious) return GRID_TICKS;
    const stepTicks = (header.timestamp - this.#timestamp) >>> 0;
    if (stepTicks === 0 || stepTicks % GRID_TICKS !== 0) return undefined;
    // What follows must be no shorter than the shortest.
    return stepTicks > MAX_OPUS_TICKS ? this.#durationTicks : GRID_TICKS;
  }

  /** Opus counts in 48 kHz: a packet is at least as long after another as what that holds, and more only for a pause. */
  #follows(header: RtpHeader): boolean {
    if (!this.#hasPrevious) return true;
    const stepPackets = (header.sequenceNumber - this.#sequenceNumber) & 0xffff;
    if (stepPackets === 0 || stepPackets > MAX_STEP_PACKETS) return true;
    const pauseTicks =
      ((header.timestamp - this.#timestamp) >>> 0) - stepPackets * this.#durationTicks;
    return pauseTicks === 0 || (pauseTicks > 0 && pauseTicks % GRID_TICKS === 0);
  }
}
