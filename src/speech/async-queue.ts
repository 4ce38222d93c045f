/** A bounded queue between one writer and one `for await` reader; when full it drops the oldest item and says so. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #limit: number;
  #items: T[] = [];
  #waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  #ended = false;
  #error: unknown;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns how many older items were dropped for this one: 0 or 1. */
  push(item: T): number {
    if (this.#ended) return 0;
    const reader = this.#waiting.shift();
    if (reader !== undefined) {
      reader.resolve({ value: item, done: false });
      return 0;
    }
    this.#items.push(item);
    if (this.#items.length <= this.#limit) return 0;
    this.#items.shift();
    return 1;
  }

  /** Ends the iteration once what is queued was read, with `error` where there is one. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const reader of this.#waiting.splice(0)) {
      if (error === undefined) reader.resolve({ value: undefined, done: true });
      else reader.reject(error);
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.end();
        this.#items = [];
        return { value: undefined, done: true };
      },
    };
  }

  #next(): Promise<IteratorResult<T>> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve({ value: item, done: false });
    if (!this.#ended) {
      return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    }
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) return Promise.reject(error);
    return Promise.resolve({ value: undefined, done: true });
  }
}
