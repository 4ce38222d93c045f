import { checkNames, checkRange, EarshotError } from '../errors.js';
import type { AudioFrame } from './audio-frame.js';
import { loadAddon } from './binding.js';
import { FRAME_FIELDS, readAudioFrame } from './frame-reading.js';
import { DEEP_PLC_US_PER_TICK, toNativeConfig } from './native-config.js';
import type { NativePoolMemory, NativeReceiverPool } from './native-module.js';
import type { ReceiverConfig, ReceiverOptions } from './options.js';
import { resolveReceiverOptions } from './options.js';
import { BLOCK_FIELDS, type PlayoutFrame, readPlayoutFrame } from './playout-frame.js';
import type { RtpArrival } from './rtp-arrival.js';
import { checkTime } from './rtp-arrival.js';
import { checkSenderReport, type SenderReportTimes } from './sender-report.js';
import type { ReceiverStats } from './stats.js';
import { COUNTER_COUNT, readStats } from './stats.js';

/** Names a stream of a pool; never given twice by it. */
export type StreamId = number;

/** A packet and the stream it belongs to. */
export interface StreamArrival extends RtpArrival {
  readonly stream: StreamId;
}

export interface ReceiverPoolOptions {
  /** How many streams there may be at once, 1..4096. @defaultValue 256 */
  readonly maxStreams?: number;
}

const PACKETS_A_PUSH = 512;
const PACKET_FIELDS = 3;
// Holds any datagram; what is longer is cut, and malformed to the engine all the same.
const BYTES_A_PUSH = 65_536;
const FRAMES_A_POLL = 128;
const POLL_SAMPLES = 65_536;
/** Of 10 ms of two channels at 48 kHz. */
const MAX_BLOCK_SAMPLES = 960;

/**
 * Many receivers that are served together: one `push`, one `drain` and one `pull10ms` a tick for all of them.
 *
 * A stream comes out as it would from a `Receiver` of its own, with options of its own. Memory for packets and frames is
 * shared, and so is what deep concealment may cost.
 */
export class ReceiverPool {
  readonly maxStreams: number;
  readonly #memory: NativePoolMemory;
  readonly #streams = new Map<StreamId, ReceiverConfig>();
  /** Of the streams that a pull made 10 ms of. */
  readonly #pulled: ReceiverConfig[] = [];
  #native: NativeReceiverPool | undefined;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` with the range and the value; `EARSHOT_ADDON_MISSING` */
  constructor(options: ReceiverPoolOptions = {}) {
    checkNames('ReceiverPool', options, ['maxStreams']);
    const { maxStreams = 256 } = options;
    checkRange('maxStreams', maxStreams, 1, 4096);
    if (!Number.isInteger(maxStreams)) {
      throw new EarshotError(
        'EARSHOT_BAD_OPTION',
        `Expected maxStreams to be a whole number in 1..4096, got ${maxStreams}`,
      );
    }
    this.maxStreams = maxStreams;
    this.#memory = {
      bytes: new Uint8Array(BYTES_A_PUSH),
      packets: new Float64Array(PACKETS_A_PUSH * PACKET_FIELDS),
      pcm: new Int16Array(Math.max(POLL_SAMPLES, this.maxStreams * MAX_BLOCK_SAMPLES)),
      frames: new Float64Array(FRAMES_A_POLL * FRAME_FIELDS),
      blocks: new Float64Array(this.maxStreams * BLOCK_FIELDS),
      streams: new Float64Array(Math.max(FRAMES_A_POLL, this.maxStreams)),
      counters: new Float64Array(COUNTER_COUNT),
    };
    this.#native = new (loadAddon().ReceiverPool)(
      { maxStreams: this.maxStreams, deepPlcUsPerTick: DEEP_PLC_US_PER_TICK },
      this.#memory,
    );
  }

  /** How many streams there are. */
  get size(): number {
    return this.#streams.size;
  }

  /**
   * Begins a stream.
   *
   * @throws {EarshotError} `EARSHOT_LIMIT_REACHED` when there are `maxStreams`; `EARSHOT_CLOSED`; as `Receiver` for the
   *   options
   */
  add(options: ReceiverOptions = {}): StreamId {
    const native = this.#open();
    const config = resolveReceiverOptions(options);
    const stream = native.add(toNativeConfig(config));
    if (stream === undefined) {
      throw new EarshotError(
        'EARSHOT_LIMIT_REACHED',
        `This pool has its maxStreams of ${this.maxStreams} streams; remove one or make the pool larger`,
      );
    }
    this.#streams.set(stream, config);
    return stream;
  }

  /**
   * Frees a stream. What it has not handed out is lost.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a stream that is not in the pool; `EARSHOT_CLOSED`
   */
  remove(stream: StreamId): void {
    const native = this.#open();
    this.#configOf(stream);
    native.remove(stream);
    this.#streams.delete(stream);
  }

  /**
   * Takes packets in the order in which they arrived; whatever a network can send is at worst counted. Where it throws
   * none has been taken.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a time that is not integer µs in 0..2^53, a stream that is not in
   *   the pool, or data that is no Uint8Array; `EARSHOT_CLOSED`
   */
  push(packets: readonly StreamArrival[]): void {
    const native = this.#open();
    for (const packet of packets) this.#check(packet);
    const { bytes, packets: fields } = this.#memory;
    let count = 0;
    let used = 0;
    for (const { stream, data, arrivalUs } of packets) {
      const whole = data.length <= BYTES_A_PUSH ? data : data.subarray(0, BYTES_A_PUSH);
      if (count === PACKETS_A_PUSH || used + whole.length > BYTES_A_PUSH) {
        native.push(count);
        count = 0;
        used = 0;
      }
      bytes.set(whole, used);
      const at = count * PACKET_FIELDS;
      fields[at] = stream;
      fields[at + 1] = arrivalUs;
      fields[at + 2] = whole.length;
      used += whole.length;
      count++;
    }
    if (count > 0) native.push(count);
  }

  /**
   * Shows every frame that is due at `nowUs` to `visit`, of streams of mode `recognizer` and `both`; those of one stream
   * come in order, and streams take turns. `frame.pcm` is a view that is valid only until `visit` returns, which must
   * not itself call `drain` or `pull10ms`.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a time that is not integer µs in 0..2^53; `EARSHOT_CLOSED`; and
   *   whatever `visit` throws
   */
  drain(nowUs: number, visit: (stream: StreamId, frame: AudioFrame) => void): void {
    checkTime('nowUs', nowUs);
    const { frames, pcm, streams } = this.#memory;
    for (;;) {
      const count = this.#open().poll(nowUs);
      if (count === 0) return;
      for (let i = 0; i < count; i++) {
        const stream = streams[i] as StreamId;
        // `visit` may have removed it.
        if (!this.#streams.has(stream)) continue;
        visit(stream, readAudioFrame(frames, i, pcm));
      }
    }
  }

  /**
   * Makes the next 10 ms of every stream of mode `playout` and `both` and shows them to `visit`, under the same terms as
   * `drain`. To be called as often as 10 ms have passed on the listeners' clock, see `Receiver.pull10ms`.
   *
   * @throws as `drain`
   */
  pull10ms(nowUs: number, visit: (stream: StreamId, frame: PlayoutFrame) => void): void {
    checkTime('nowUs', nowUs);
    const { blocks, pcm, streams } = this.#memory;
    const count = this.#open().pull(nowUs);
    // Before `visit` removes any.
    for (let i = 0; i < count; i++) this.#pulled[i] = this.#configOf(streams[i] as StreamId);
    let end = 0;
    for (let i = 0; i < count; i++) {
      const stream = streams[i] as StreamId;
      const { sampleRateHz, channels } = this.#pulled[i] as ReceiverConfig;
      const begin = end;
      end += (channels * sampleRateHz) / 100;
      if (!this.#streams.has(stream)) continue;
      visit(stream, readPlayoutFrame(blocks, i, pcm.subarray(begin, end), sampleRateHz));
    }
  }

  /**
   * Takes what a sender report says of a stream, see `Receiver.senderReport`.
   *
   * @throws {EarshotError} `EARSHOT_BAD_OPTION` for a field out of 0..2^32-1; `EARSHOT_BAD_ARGUMENT` for a stream that is
   *   not in the pool; `EARSHOT_CLOSED`
   */
  senderReport(stream: StreamId, report: SenderReportTimes): void {
    const native = this.#open();
    this.#configOf(stream);
    checkSenderReport(report);
    const { ssrc, ntpSeconds, ntpFraction, rtpTimestamp } = report;
    native.senderReport(stream, ssrc, ntpSeconds, ntpFraction, rtpTimestamp);
  }

  /**
   * Says that no packet of the stream will come any more, see `Receiver.end`.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a stream that is not in the pool; `EARSHOT_CLOSED`
   */
  end(stream: StreamId): void {
    const native = this.#open();
    this.#configOf(stream);
    native.end(stream);
  }

  /** When `drain` has something to do if no packet comes, absolute µs; `undefined` for not at all. */
  nextWakeup(): number | undefined {
    const atUs = this.#open().nextWakeup();
    return atUs < 0 ? undefined : atUs;
  }

  /**
   * Counters of a stream since its start.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a stream that is not in the pool; `EARSHOT_CLOSED`
   */
  stats(stream: StreamId): ReceiverStats {
    const native = this.#open();
    const config = this.#configOf(stream);
    native.readCounters(stream);
    return readStats(this.#memory.counters, config);
  }

  /** Frees all streams; calling it again does nothing. */
  close(): void {
    this.#native?.close();
    this.#native = undefined;
    this.#streams.clear();
  }

  #open(): NativeReceiverPool {
    if (this.#native !== undefined) return this.#native;
    throw new EarshotError('EARSHOT_CLOSED', 'This pool is closed; make a new one');
  }

  #configOf(stream: StreamId): ReceiverConfig {
    const config = this.#streams.get(stream);
    if (config !== undefined) return config;
    throw new EarshotError(
      'EARSHOT_BAD_ARGUMENT',
      `Expected a stream that is in this pool, got ${String(stream)} (${typeof stream})`,
    );
  }

  #check({ stream, data, arrivalUs }: StreamArrival): void {
    this.#configOf(stream);
    checkTime('arrivalUs', arrivalUs);
    if (data instanceof Uint8Array) return;
    throw new EarshotError(
      'EARSHOT_BAD_ARGUMENT',
      `Expected data of stream ${stream} to be a Uint8Array, got ${typeof data}`,
    );
  }
}
