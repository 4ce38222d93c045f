/** Where time comes from: the engine never asks, its host does. */
export interface Clock {
  /** Monotonic time in integer µs. */
  nowUs(): number;
  /** Calls `wake` once at or after `atUs`; the returned function cancels it. */
  wakeAt(atUs: number, wake: () => void): () => void;
  /** Calls `run` once the input that already waits at the host was handed over; at once where none can wait. */
  afterInput(run: () => void): void;
}

/** The machine's monotonic clock (`CLOCK_MONOTONIC`, shared by all processes of one host). */
export const systemClock: Clock = {
  nowUs: () => Number(process.hrtime.bigint() / 1000n),
  wakeAt(atUs, wake) {
    const delayMs = Math.max(0, Math.ceil((atUs - systemClock.nowUs()) / 1000));
    const timer = setTimeout(wake, delayMs);
    return () => clearTimeout(timer);
  },
  // Immediates run after the sockets that are readable were read.
  afterInput: (run) => void setImmediate(run),
};

/** A clock that moves only when told to: tests and simulations run in its time. */
export class ManualClock implements Clock {
  #nowUs: number;
  #alarms: { atUs: number; order: number; wake: () => void }[] = [];
  #order = 0;

  constructor(startUs = 0) {
    this.#nowUs = startUs;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  wakeAt(atUs: number, wake: () => void): () => void {
    const alarm = { atUs, order: this.#order++, wake };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  afterInput(run: () => void): void {
    run();
  }

  /** Moves to `toUs`, ringing every alarm on the way at its own time. */
  advanceTo(toUs: number): void {
    for (;;) {
      const due = this.#alarms
        .filter((alarm) => alarm.atUs <= toUs)
        .sort((a, b) => a.atUs - b.atUs || a.order - b.order)[0];
      if (due === undefined) break;
      this.#alarms = this.#alarms.filter((other) => other !== due);
      this.#nowUs = Math.max(this.#nowUs, due.atUs);
      due.wake();
    }
    this.#nowUs = Math.max(this.#nowUs, toUs);
  }
}
