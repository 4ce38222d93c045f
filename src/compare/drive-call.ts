import { setImmediate } from 'node:timers/promises';
import type { AudioFrame } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import type { Receiver } from '../receiver/receiver.js';
import type { TimedPacket } from '../simulate/delivery.js';
import type { Retransmission } from './retransmission.js';

/** What a receiver gave, as it gave it. PCM is valid only during the call. */
export interface Listener {
  onArrival(packet: TimedPacket): void;
  onFrame(frame: AudioFrame): void;
  onPlayed(frame: PlayoutFrame, atUs: number): void;
}

const TICK_US = 10_000;
const NEVER = Number.POSITIVE_INFINITY;
/** Events between two turns of the event loop. */
const EVENTS_A_TURN = 4000;
/** What is here when the call ends is at most the greatest delay and the frame behind it. */
const MAX_TICKS_AFTER_END = 120;
/** A hostile capture may be a week of pauses, of which every 10 ms would be played. */
const MAX_CALL_US = 12 * 3600 * 1_000_000;

/**
 * Runs a receiver in the time of a call, of which no more than 12 hours. What arrives at a time is pushed before that time
 * is polled or played; what the receiver asks for is sent again where there is a sender to ask.
 *
 * @throws whatever `signal` was aborted with
 */
export async function driveCall(
  receiver: Receiver,
  arrivals: Iterable<TimedPacket>,
  sender: Retransmission | undefined,
  listener: Listener,
  signal?: AbortSignal,
): Promise<void> {
  const driver = new CallDriver(receiver, arrivals[Symbol.iterator](), sender, listener);
  for (let events = 1; driver.step(); events++) {
    if (events % EVENTS_A_TURN !== 0) continue;
    await setImmediate();
    signal?.throwIfAborted();
  }
  driver.finish();
}

class CallDriver {
  readonly #receiver: Receiver;
  readonly #incoming: Iterator<TimedPacket>;
  readonly #sender: Retransmission | undefined;
  readonly #listener: Listener;
  readonly #isPlayed: boolean;
  #next: TimedPacket | undefined;
  #startUs: number | undefined;
  #nowUs = 0;
  #tickUs = 0;
  /** A wakeup that changed nothing is not served again before something arrives. */
  #servedUs = Number.NEGATIVE_INFINITY;

  constructor(
    receiver: Receiver,
    incoming: Iterator<TimedPacket>,
    sender: Retransmission | undefined,
    listener: Listener,
  ) {
    this.#receiver = receiver;
    this.#incoming = incoming;
    this.#sender = sender;
    this.#listener = listener;
    this.#isPlayed = receiver.config.mode === 'playout';
    this.#advance();
  }

  /** Does what comes next, an arrival or a wakeup; false when nothing arrives any more. */
  step(): boolean {
    const arrivalUs = Math.min(this.#next?.atUs ?? NEVER, this.#sender?.next?.atUs ?? NEVER);
    if (arrivalUs === NEVER) return false;
    if (this.#startUs === undefined) {
      this.#startUs = arrivalUs;
      this.#tickUs = Math.ceil(arrivalUs / TICK_US) * TICK_US;
    }
    if (arrivalUs - this.#startUs > MAX_CALL_US) return false;

    const wakeUs = this.#isPlayed ? this.#tickUs : (this.#receiver.nextWakeup() ?? NEVER);
    const isWakeup = wakeUs < arrivalUs && wakeUs > this.#servedUs;
    this.#nowUs = isWakeup ? wakeUs : arrivalUs;
    this.#servedUs = this.#nowUs;
    if (!isWakeup) this.#pushArrivals();
    this.#serve();
    return true;
  }

  /** Ends the call at its last packet, and hands out or plays what is here. */
  finish(): void {
    if (this.#startUs === undefined) return;
    this.#receiver.end();
    if (!this.#isPlayed) {
      this.#drain();
      return;
    }
    for (let ticks = 0; ticks < MAX_TICKS_AFTER_END; ticks++) {
      if (this.#pull().bufferedMs === 0) return;
    }
  }

  #pushArrivals(): void {
    while (this.#next !== undefined && this.#next.atUs <= this.#nowUs) {
      this.#push(this.#next);
      this.#advance();
    }
    while ((this.#sender?.next?.atUs ?? NEVER) <= this.#nowUs) {
      const answer = this.#sender?.take();
      if (answer !== undefined) this.#push({ ...answer, atUs: this.#nowUs });
    }
  }

  #advance(): void {
    const next = this.#incoming.next();
    this.#next = next.done ? undefined : next.value;
  }

  #push(packet: TimedPacket): void {
    this.#receiver.push([{ data: packet.data, arrivalUs: packet.atUs }]);
    this.#listener.onArrival(packet);
  }

  #serve(): void {
    if (!this.#isPlayed) this.#drain();
    else if (this.#tickUs === this.#nowUs) this.#pull();
    if (this.#sender === undefined) return;
    this.#sender.request(this.#receiver.nackRequests(this.#nowUs), this.#nowUs);
  }

  #drain(): void {
    this.#receiver.drain(this.#nowUs, (frame) => this.#listener.onFrame(frame));
  }

  #pull(): PlayoutFrame {
    const frame = this.#receiver.pull10ms(this.#tickUs);
    this.#listener.onPlayed(frame, this.#tickUs);
    this.#tickUs += TICK_US;
    return frame;
  }
}
