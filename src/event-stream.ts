import { AsyncQueue } from './speech/async-queue.js';

/** What a reader gets instead of the events it was too slow for, oldest first. */
export interface EventsDropped {
  readonly type: 'events-dropped';
  readonly events: number;
}

type OfType<E, T> = Extract<E, { readonly type: T }>;

/** Hands events to listeners at once and to `for await` readers through a bounded queue each. */
export class EventStream<E extends { readonly type: string }>
  implements AsyncIterable<E | EventsDropped>
{
  readonly #limit: number;
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  readonly #readers = new Set<AsyncQueue<E>>();
  readonly #dropped = new Map<AsyncQueue<E>, number>();
  #ended = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Calls `listener` for every event of a type from now on; the returned function stops that. */
  on<T extends E['type']>(type: T, listener: (event: OfType<E, T>) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit(event: E): void {
    for (const reader of this.#readers) {
      const dropped = reader.push(event);
      if (dropped > 0) this.#dropped.set(reader, (this.#dropped.get(reader) ?? 0) + dropped);
    }
    for (const listener of this.#listeners.get(event.type) ?? []) {
      try {
        (listener as (event: E) => void)(event);
      } catch (error) {
        // A listener's fault is the host's to see, but must not stop the audio.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Ends all iterations once what is queued was read. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
  }

  /** Reads events from now on. */
  [Symbol.asyncIterator](): AsyncIterator<E | EventsDropped> {
    const reader = new AsyncQueue<E>(this.#limit);
    const iterator = reader[Symbol.asyncIterator]();
    if (this.#ended) reader.end();
    else this.#readers.add(reader);
    return {
      next: async () => {
        const events = this.#dropped.get(reader);
        if (events !== undefined) {
          this.#dropped.delete(reader);
          return { value: { type: 'events-dropped', events }, done: false };
        }
        return iterator.next();
      },
      return: async () => {
        this.#readers.delete(reader);
        this.#dropped.delete(reader);
        await iterator.return?.();
        return { value: undefined, done: true };
      },
    };
  }
}
