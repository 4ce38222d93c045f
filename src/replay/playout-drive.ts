import { EarshotError } from '../errors.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import type { Receiver } from '../receiver/receiver.js';
import type { RtpArrival } from '../receiver/rtp-arrival.js';
import type { Drive, Stopwatch } from './receiver-drive.js';

const TICK_US = 10_000;
/** A hostile capture may hold nothing but pauses of a day. */
const MAX_TICKS = (24 * 3600 * 1_000_000) / TICK_US;
/** What is here when the call ends is at most the greatest delay and the frame behind it. */
const MAX_TICKS_AFTER_END = 120;

/**
 * Plays a capture as a listener hears it: 10 ms are pulled every 10 ms, from the first arrival rounded up on. What has
 * arrived by a tick is pushed before it.
 */
export class PlayoutDrive implements Drive {
  readonly #receiver: Receiver;
  readonly #visit: (frame: PlayoutFrame, atUs: number) => void;
  readonly #stopwatch: Stopwatch;
  #tickUs: number | undefined;
  #ticks = 0;
  #engineNs = 0;

  /** @param visit - gets every 10 ms; the PCM is valid only during the call */
  constructor(
    receiver: Receiver,
    visit: (frame: PlayoutFrame, atUs: number) => void,
    stopwatch: Stopwatch | undefined,
  ) {
    this.#receiver = receiver;
    this.#visit = visit;
    this.#stopwatch = stopwatch ?? (() => 0);
  }

  get engineNs(): number {
    return this.#engineNs;
  }

  /** @throws {EarshotError} `EARSHOT_LIMIT_REACHED` behind 24 hours */
  push(packet: RtpArrival): void {
    this.#tickUs ??= Math.ceil(packet.arrivalUs / TICK_US) * TICK_US;
    while (this.#tickUs < packet.arrivalUs) this.#tickUs = this.#pull(this.#tickUs);
    const startNs = this.#stopwatch();
    this.#receiver.push([packet]);
    this.#engineNs += this.#stopwatch() - startNs;
  }

  /** Plays what is here. */
  finish(): void {
    if (this.#tickUs === undefined) return;
    this.#receiver.end();
    const lastTick = this.#ticks + MAX_TICKS_AFTER_END;
    let rests = true;
    const visit = ({ bufferedMs }: PlayoutFrame): void => {
      rests = bufferedMs > 0;
    };
    while (rests && this.#ticks < lastTick) this.#tickUs = this.#pull(this.#tickUs, visit);
  }

  /** @returns the time of the next tick */
  #pull(atUs: number, look?: (frame: PlayoutFrame) => void): number {
    if (++this.#ticks > MAX_TICKS) {
      throw new EarshotError(
        'EARSHOT_LIMIT_REACHED',
        'A call of more than 24 hours cannot be replayed in mode playout',
      );
    }
    const startNs = this.#stopwatch();
    const frame = this.#receiver.pull10ms(atUs);
    this.#engineNs += this.#stopwatch() - startNs;
    look?.(frame);
    this.#visit(frame, atUs);
    return atUs + TICK_US;
  }
}
