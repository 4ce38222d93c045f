import type { PacketCursor } from '../capture/packet-cursor.js';
import { EarshotError } from '../errors.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import type { Receiver } from '../receiver/receiver.js';
import type { Drive, Stopwatch } from './receiver-drive.js';

const TICK_US = 10_000;
/** Every 10 ms are made, those of pauses too, and a hostile capture may hold nothing but pauses of a day. */
const MAX_CALL_US = 12 * 3600 * 1_000_000;
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
  #startUs: number | undefined;
  #tickUs: number | undefined;
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

  /** @throws {EarshotError} `EARSHOT_LIMIT_REACHED` behind 12 hours */
  push(packet: PacketCursor): void {
    const { data, atUs } = packet;
    this.#startUs ??= atUs;
    if (atUs - this.#startUs > MAX_CALL_US) {
      throw new EarshotError(
        'EARSHOT_LIMIT_REACHED',
        'A call of more than 12 hours cannot be replayed in mode playout',
      );
    }
    this.#tickUs ??= Math.ceil(atUs / TICK_US) * TICK_US;
    while (this.#tickUs < atUs) this.#pull();
    const startNs = this.#stopwatch();
    this.#receiver.push([{ data, arrivalUs: atUs }]);
    this.#engineNs += this.#stopwatch() - startNs;
  }

  /** Plays what is here. */
  finish(): void {
    if (this.#tickUs === undefined) return;
    this.#receiver.end();
    for (let ticks = 0; ticks < MAX_TICKS_AFTER_END; ticks++) {
      const { bufferedMs } = this.#pull();
      if (bufferedMs === 0) return;
    }
  }

  #pull(): PlayoutFrame {
    const atUs = this.#tickUs as number;
    this.#tickUs = atUs + TICK_US;
    const startNs = this.#stopwatch();
    const frame = this.#receiver.pull10ms(atUs);
    this.#engineNs += this.#stopwatch() - startNs;
    this.#visit(frame, atUs);
    return frame;
  }
}
