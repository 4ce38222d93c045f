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
  #state: 'open' | 'full' | 'closed' = 'open';

  constructor({ sink, queueEvents, onDropped }: WatcherOptions) {
    this.#sink = sink;
    this.#queueEvents = queueEvents;
    this.#onDropped = onDropped;
  }

  offer(event: RoomEvent): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') {
      this.#write(event);
      return;
    }
    this.#queue.push(event);
    if (this.#queue.length <= this.#queueEvents) return;
    this.#queue.shift();
    this.#unannounced += 1;
    this.#onDropped(1);
  }

  /** The connection takes more: first how much was lost, then what waited. */
  resume(): void {
    if (this.#state !== 'full') return;
    this.#state = 'open';
    if (this.#unannounced > 0) {
      const events = this.#unannounced;
      this.#unannounced = 0;
      this.#write({ type: 'dropped', events });
    }
    const waiting = this.#queue;
    this.#queue = [];
    for (const [index, event] of waiting.entries()) {
      if (this.#state !== 'open') {
        this.#queue = waiting.slice(index);
        return;
      }
      this.#write(event);
    }
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#queue = [];
    this.#sink.end();
  }

  #write(event: RoomEvent): void {
    if (this.#sink.write(event) === 'full' && this.#state === 'open') this.#state = 'full';
  }
}
