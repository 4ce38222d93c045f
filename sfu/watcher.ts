import type { RoomEvent } from './room-events.js';

/** One connection that events are written to. */
export interface EventSink {
  /** Writes one event; `'full'` asks for no more until `Watcher.resume` is called. */
  write(event: RoomEvent): 'more' | 'full';
  /** Ends the connection in good order. */
  end(): void;
}

export interface WatcherOptions {
  readonly sink: EventSink;
  /** Events that may wait; beyond it the oldest is dropped. */
  readonly queueEvents: number;
  /** Called with the number of events dropped just now. */
  onDropped(events: number): void;
}

/** A bounded queue of events in front of a connection that may be slow: drop-oldest, counted and announced. */
export class Watcher {
  readonly #sink: EventSink;
  readonly #queueEvents: number;
  readonly #onDropped: (events: number) => void;
  #queue: RoomEvent[] = [];
  #unannounced = 0;
  /** `ending`: the last events still wait for the connection, and no more are taken. */
  #state: 'open' | 'full' | 'ending' | 'closed' = 'open';
  #wasFull = false;

  constructor({ sink, queueEvents, onDropped }: WatcherOptions) {
    this.#sink = sink;
    this.#queueEvents = queueEvents;
    this.#onDropped = onDropped;
  }

  offer(event: RoomEvent): void {
    if (this.#state === 'open') {
      if (this.#sink.write(event) === 'full') this.#state = 'full';
    } else if (this.#state === 'full') {
      this.#queue.push(event);
      if (this.#queue.length <= this.#queueEvents) return;
      this.#queue.shift();
      this.#unannounced += 1;
      this.#onDropped(1);
    }
  }

  /** The connection takes more: first how much was lost, then what waited. */
  resume(): void {
    if (this.#state !== 'full' && this.#state !== 'ending') return;
    this.#wasFull = false;
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      if (this.#sink.write(event) === 'full') return;
    }
    if (this.#state === 'ending') this.#end();
    else this.#state = 'open';
  }

  /** Whether the connection took nothing since this was asked last, though something waited. */
  checkStalled(): boolean {
    const isFull = this.#state === 'full' || this.#state === 'ending';
    const isStalled = isFull && this.#wasFull;
    this.#wasFull = isFull;
    return isStalled;
  }

  /** Ends the connection once it has taken what waits for it. */
  close(): void {
    if (this.#state === 'open') this.#end();
    else if (this.#state === 'full') this.#state = 'ending';
  }

  /** The connection is gone. */
  discard(): void {
    this.#state = 'closed';
    this.#queue = [];
    this.#unannounced = 0;
  }

  #next(): RoomEvent | undefined {
    if (this.#unannounced === 0) return this.#queue.shift();
    const events = this.#unannounced;
    this.#unannounced = 0;
    return { type: 'dropped', events };
  }

  #end(): void {
    this.#state = 'closed';
    this.#sink.end();
  }
}
