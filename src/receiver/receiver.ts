import { checkRange, EarshotError } from '../errors.js';
import type { AudioFrame } from './audio-frame.js';
import { loadAddon } from './binding.js';
import { FRAME_FIELDS, readAudioFrame } from './frame-reading.js';
import { toNativeConfig } from './native-config.js';
import type { NativeReceiver } from './native-module.js';
import type { ReceiverConfig, ReceiverOptions } from './options.js';
import { resolveReceiverOptions } from './options.js';
import { BLOCK_FIELDS, type PlayoutFrame, readPlayoutFrame } from './playout-frame.js';
import type { RtpArrival } from './rtp-arrival.js';
import { checkTime } from './rtp-arrival.js';
import type { RtpBatch } from './rtp-batch.js';
import { checkSenderReport, type SenderReportTimes } from './sender-report.js';
import type { ReceiverStats } from './stats.js';
import { COUNTER_COUNT, readStats } from './stats.js';
import {
  EVENT_FIELDS,
  EVENTS_A_CALL,
  readTelephoneEvent,
  type TelephoneEvent,
} from './telephone-event.js';

/** A packet that is missing and worth asking for. */
export interface NackRequest {
  /** 0..65535 */
  readonly sequenceNumber: number;
  /** After this time the packet would be of no use, µs. */
  readonly untilUs: number;
}

const NACKS_A_CALL = 64;
const FRAMES_A_POLL = 32;
const MAX_FRAME_MS = 120;
const BATCH_PACKETS = 64;
/** Stands where a packet was, so that none is kept alive. */
const NO_PACKET = new Uint8Array();

/**
 * One RTP stream of Opus: packets in whenever they arrive, frames of PCM out on the sender's time base, and in modes
 * `playout` and `both` 10 ms at a time for people to hear.
 *
 * It reads no clock: what it hands out depends on the options and the calls alone. Push everything that has
 * arrived before polling, so that a stalled event loop does not become concealment.
 */
export class Receiver {
  readonly config: ReceiverConfig;
  readonly #pcm: Int16Array;
  readonly #pulledPcm: Int16Array;
  readonly #block = new Float64Array(BLOCK_FIELDS);
  readonly #frames = new Float64Array(FRAMES_A_POLL * FRAME_FIELDS);
  readonly #wakeup = new Float64Array(1);
  readonly #taken = new Float64Array(1);
  readonly #counters = new Float64Array(COUNTER_COUNT);
  readonly #arrivalsUs = new Float64Array(BATCH_PACKETS);
  readonly #nacks = new Float64Array(2 * NACKS_A_CALL);
  readonly #packets: Uint8Array[] = new Array(BATCH_PACKETS).fill(NO_PACKET);
  #native: NativeReceiver | undefined;

  /**
   * @throws {EarshotError} `EARSHOT_BAD_OPTION` with the range and the value; `EARSHOT_LIBOPUS_UNUSABLE`;
   *   `EARSHOT_ADDON_MISSING` when the native engine cannot be loaded
   */
  constructor(options: ReceiverOptions = {}) {
    this.config = resolveReceiverOptions(options);
    const { sampleRateHz, channels } = this.config;
    this.#pcm = new Int16Array((channels * sampleRateHz * MAX_FRAME_MS * 4) / 1000);
    this.#pulledPcm = this.#pcm.subarray(0, (channels * sampleRateHz) / 100);
    this.#native = new (loadAddon().Receiver)(toNativeConfig(this.config), {
      arrivalsUs: this.#arrivalsUs,
      taken: this.#taken,
      pcm: this.#pcm,
      frames: this.#frames,
      wakeup: this.#wakeup,
      block: this.#block,
      counters: this.#counters,
    });
  }

  /**
   * Takes packets in the order in which they arrived; whatever a network can send is at worst counted.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a time that is not integer µs in 0..2^53; `EARSHOT_CLOSED`
   */
  push(packets: readonly RtpArrival[]): void {
    const native = this.#open();
    for (let first = 0; first < packets.length; first += BATCH_PACKETS) {
      native.push(this.#packets, this.#stage(packets, first));
    }
    this.#forget(packets.length);
  }

  /**
   * Hands out every frame that is due at `nowUs`, with PCM of its own.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a time that is not integer µs in 0..2^53; `EARSHOT_CLOSED`
   */
  poll(nowUs: number): AudioFrame[] {
    const frames: AudioFrame[] = [];
    this.drain(nowUs, (frame) => frames.push({ ...frame, pcm: frame.pcm.slice() }));
    return frames;
  }

  /**
   * Shows every frame that is due at `nowUs` to `visit`; `frame.pcm` is a view that is valid only until it returns.
   *
   * @returns when to come again if no packet comes, as `nextWakeup` tells
   * @throws as `poll`, and whatever `visit` throws
   */
  drain(nowUs: number, visit: (frame: AudioFrame) => void): number | undefined {
    checkTime('nowUs', nowUs);
    for (;;) {
      const count = this.#open().poll(nowUs);
      const wakeupUs = this.#wakeup[0] as number;
      for (let i = 0; i < count; i++) {
        visit(readAudioFrame(this.#frames, i, this.#pcm));
      }
      if (count === 0 || wakeupUs !== nowUs) return toWakeup(wakeupUs);
    }
  }

  /**
   * Runs the receiver in the packets' own time, as for a capture: takes each at its arrival, and shows to `visit` what
   * polls at every arrival and at every `nextWakeup` between would give. One call does for many packets what would be
   * several for each. What falls due at the last arrival and later is left to the next call, or to `drain`.
   *
   * @param batch - its packets in the order of their arrival, over all calls
   * @throws {EarshotError} `EARSHOT_CLOSED`, and whatever `visit` throws
   */
  run(batch: RtpBatch, visit: (frame: AudioFrame) => void): void {
    const { bytes, starts, lengths, arrivalsUs, length } = batch;
    for (let taken = 0; taken < length; taken += this.#taken[0] as number) {
      const frames = this.#open().run(bytes, starts, lengths, arrivalsUs, taken, length);
      for (let i = 0; i < frames; i++) visit(readAudioFrame(this.#frames, i, this.#pcm));
    }
  }

  /**
   * Makes the next 10 ms for a listener who hears them; to be called as often as 10 ms have passed on the listener's
   * clock. What counts is the number of calls: early and late ones, and several in a row after a stall, do no harm.
   * `pcm` is a view that is valid until the next call of any method.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a time that is not integer µs in 0..2^53, or in mode
   *   `recognizer`; `EARSHOT_CLOSED`
   */
  pull10ms(nowUs: number): PlayoutFrame {
    checkTime('nowUs', nowUs);
    if (this.config.mode === 'recognizer') {
      throw new EarshotError(
        'EARSHOT_BAD_ARGUMENT',
        'pull10ms needs a receiver of mode playout or both; this one is of mode recognizer',
      );
    }
    this.#open().pull(nowUs);
    return readPlayoutFrame(this.#block, 0, this.#pulledPcm, this.config.sampleRateHz);
  }

  /**
   * Says how long the round trip to the sender takes, 1..10000 ms, as RTCP measures it: from then on `nackRequests` names
   * what to ask for, and holes are waited for as long as answers take.
   *
   * @throws {EarshotError} `EARSHOT_BAD_OPTION`; `EARSHOT_CLOSED`
   */
  setRoundTrip(rttMs: number): void {
    checkRange('rttMs', rttMs, 1, 10_000);
    this.#open().setRoundTrip(Math.round(rttMs * 1000));
  }

  /**
   * Which packets to ask the sender for now (RFC 4585 6.2.1); whoever owns the transport sends the request. Each is named
   * at most twice, and never when an answer could not come in time. Empty before `setRoundTrip`.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a time that is not integer µs in 0..2^53; `EARSHOT_CLOSED`
   */
  nackRequests(nowUs: number): NackRequest[] {
    checkTime('nowUs', nowUs);
    const count = this.#open().takeNacks(nowUs, this.#nacks);
    return Array.from({ length: count }, (_, i) => ({
      sequenceNumber: this.#nacks[2 * i] as number,
      untilUs: this.#nacks[2 * i + 1] as number,
    }));
  }

  /**
   * Takes what a sender report says of the sender's wall clock (RFC 3550 6.4.1): frames then carry `captureUnixUs`. Where
   * packets carry abs-capture-time, that rules. When another SSRC takes the stream's place and reports of both are known,
   * the silence between them is as long as it was by the sender's clock, otherwise as by the arrival of their packets.
   *
   * @throws {EarshotError} `EARSHOT_BAD_OPTION` for a field out of 0..2^32-1; `EARSHOT_CLOSED`
   */
  senderReport(report: SenderReportTimes): void {
    checkSenderReport(report);
    const { ssrc, ntpSeconds, ntpFraction, rtpTimestamp } = report;
    this.#open().senderReport(ssrc, ntpSeconds, ntpFraction, rtpTimestamp);
  }

  /**
   * Takes the telephone events (RFC 4733) since the last call, oldest first: one when a key goes down and one when it
   * comes up. They lie beside the audio and are never in it.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a time that is not integer µs in 0..2^53; `EARSHOT_CLOSED`
   */
  telephoneEvents(nowUs: number): TelephoneEvent[] {
    checkTime('nowUs', nowUs);
    const memory = new Float64Array(EVENTS_A_CALL * EVENT_FIELDS);
    const count = this.#open().takeEvents(nowUs, memory);
    return Array.from({ length: count }, (_, i) =>
      readTelephoneEvent(memory.subarray(i * EVENT_FIELDS)),
    );
  }

  /**
   * Says that no packet will come any more: the next `poll` hands out what waits at a hole, and nothing is made up
   * behind the last packet.
   *
   * @throws {EarshotError} `EARSHOT_CLOSED`
   */
  end(): void {
    this.#open().end();
  }

  /** When `poll` or `nackRequests` has something to do if no packet comes, absolute µs; `undefined` for not at all. */
  nextWakeup(): number | undefined {
    return toWakeup(this.#open().nextWakeup());
  }

  /** Counters since the start. */
  stats(): ReceiverStats {
    this.#open().readCounters();
    return readStats(this.#counters, this.config);
  }

  /** Frees the decoder and the buffers; calling it again does nothing. */
  close(): void {
    this.#native?.close();
    this.#native = undefined;
  }

  /** Lays the packets from `first` on where the engine reads them; returns how many. */
  #stage(packets: readonly RtpArrival[], first: number): number {
    const count = Math.min(BATCH_PACKETS, packets.length - first);
    for (let i = 0; i < count; i++) {
      const { data, arrivalUs } = packets[first + i] as RtpArrival;
      checkTime('arrivalUs', arrivalUs);
      this.#packets[i] = data;
      this.#arrivalsUs[i] = arrivalUs;
    }
    return count;
  }

  /** Keeps none of so many packets alive. */
  #forget(packets: number): void {
    this.#packets.fill(NO_PACKET, 0, Math.min(packets, BATCH_PACKETS));
  }

  #open(): NativeReceiver {
    if (this.#native !== undefined) return this.#native;
    throw new EarshotError('EARSHOT_CLOSED', 'This receiver is closed; make a new one');
  }
}

function toWakeup(atUs: number): number | undefined {
  return atUs < 0 ? undefined : atUs;
}
