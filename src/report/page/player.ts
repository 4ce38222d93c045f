import { TAKE_RATE_HZ, type Take, type Takes } from './takes.js';

/** Sound made ready at a time, ms. */
const CHUNK_MS = 3000;
/** Played before the cursor is reached, ms: nothing begins in the middle of a sound. */
const SCHEDULE_AHEAD_S = 1;

/** Plays a take from a place on until it is stopped or the sound ends. */
export class Player {
  readonly #context: AudioContext;
  readonly #takes: () => Takes;
  #stopped: AbortController | undefined;
  #take: Take | undefined;
  #sources: AudioBufferSourceNode[] = [];
  #startedAtS = 0;
  #startedMs = 0;
  readonly #changed: () => void;

  /** @param changed - called when playing starts, ends or fails */
  constructor(context: AudioContext, takes: () => Takes, changed: () => void) {
    this.#context = context;
    this.#takes = takes;
    this.#changed = changed;
  }

  /** What is playing; `undefined` while nothing is. */
  get take(): Take | undefined {
    return this.#take;
  }

  /** Where it plays. */
  get atMs(): number {
    return this.#startedMs + Math.max(0, this.#context.currentTime - this.#startedAtS) * 1000;
  }

  async play(take: Take, fromMs: number, toMs: number): Promise<void> {
    this.stop();
    const stopped = new AbortController();
    this.#stopped = stopped;
    this.#take = take;
    // It stands where it will begin until there is sound.
    this.#startedMs = fromMs;
    this.#startedAtS = Number.POSITIVE_INFINITY;
    this.#changed();
    try {
      await this.#context.resume();
      let placeMs = fromMs;
      let atS = 0;
      while (!stopped.signal.aborted && placeMs < toMs) {
        const { startMs, samples } = await this.#takes().sound(take, placeMs, CHUNK_MS);
        if (stopped.signal.aborted) return;
        const skippedS = (placeMs - startMs) / 1000;
        if (atS === 0) {
          atS = this.#context.currentTime + 0.05;
          this.#startedAtS = atS;
          this.#startedMs = placeMs;
        }
        const lengthS = samples.length / TAKE_RATE_HZ - skippedS;
        this.#schedule(samples, atS, skippedS);
        atS += lengthS;
        placeMs = startMs + (samples.length * 1000) / TAKE_RATE_HZ;
        const waitS = atS - this.#context.currentTime - SCHEDULE_AHEAD_S;
        if (waitS > 0) await delay(waitS * 1000);
      }
      await delay(Math.max(0, (atS - this.#context.currentTime) * 1000));
    } finally {
      if (this.#stopped === stopped) this.stop();
    }
  }

  stop(): void {
    if (this.#take === undefined) return;
    this.#stopped?.abort();
    this.#stopped = undefined;
    this.#take = undefined;
    for (const source of this.#sources) source.stop();
    this.#sources = [];
    this.#changed();
  }

  #schedule(samples: Float32Array<ArrayBuffer>, atS: number, skippedS: number): void {
    const buffer = this.#context.createBuffer(1, samples.length, TAKE_RATE_HZ);
    buffer.copyToChannel(samples, 0);
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    source.addEventListener('ended', () => {
      this.#sources = this.#sources.filter((one) => one !== source);
    });
    source.start(atS, skippedS);
    this.#sources.push(source);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
