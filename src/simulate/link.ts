import { checkRange, EarshotError } from '../errors.js';
import { checkList, checkPart } from './checks.js';
import type { Random } from './random.js';

/** A link of limited rate with a queue before it that drops what finds it full. */
export interface LinkSettings {
  /**
   * When the link can send 1500 bytes, ms from its start, not falling: a trace of Mahimahi's (`parseMahimahi`). The last
   * one ends the trace, and it begins anew. `[6]` is 2 Mbit/s.
   */
  readonly opportunitiesMs: readonly number[];
  /** Most bytes that wait, IP and UDP headers included. @defaultValue 64000 */
  readonly queueBytes?: number;
  /** Most packets that wait, whatever their size, as many routers count. @defaultValue no bound but that in bytes */
  readonly queuePackets?: number;
  /** What else goes over the link. @defaultValue nothing */
  readonly crossTraffic?: CrossTraffic;
}

/** Bursts of packets of 1500 bytes, Poisson in time; bursts and pauses are exponential in length. */
export interface CrossTraffic {
  /** During a burst. */
  readonly rateBps: number;
  readonly meanBurstMs: number;
  readonly meanPauseMs: number;
}

/** What one opportunity carries, bytes (Mahimahi's link shell). */
const OPPORTUNITY_BYTES = 1500;
const CROSS_PACKET_BYTES = 1500;
const MAX_OPPORTUNITIES = 1_000_000;
const MAX_MS = 24 * 3600 * 1000;
/** Cross traffic this long before a packet is not looked at: a long pause must not cost a simulated day. */
const CROSS_MEMORY_MS = 60_000;

/** Tells of each packet when it leaves the link, as bytes are sent in the order they came. */
export class Link {
  readonly #schedule: Schedule;
  readonly #queueBytes: number;
  readonly #queuePackets: number;
  readonly #nextCrossMs: ((fromMs: number) => number) | undefined;
  #crossMs = 0;
  /** Accepted and not out yet at the time last asked about, by departure. */
  readonly #waiting: { readonly outMs: number; readonly bytes: number }[] = [];
  #waitingBytes = 0;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
  constructor(settings: LinkSettings, random: Random) {
    checkPart('link', settings, ['opportunitiesMs', 'queueBytes', 'queuePackets', 'crossTraffic']);
    const { opportunitiesMs, queueBytes = 64_000, queuePackets, crossTraffic } = settings;
    checkRange('link.queueBytes', queueBytes, OPPORTUNITY_BYTES, 100_000_000);
    if (queuePackets !== undefined) checkRange('link.queuePackets', queuePackets, 1, 100_000);
    this.#schedule = new Schedule(opportunitiesMs);
    this.#queueBytes = queueBytes;
    this.#queuePackets = queuePackets ?? Number.POSITIVE_INFINITY;
    if (crossTraffic === undefined) return;
    this.#nextCrossMs = crossArrivals(crossTraffic, random);
    this.#crossMs = this.#nextCrossMs(0);
  }

  /**
   * Sends a packet; times must not go back.
   *
   * @param bytes - with all headers
   * @returns ms at which its last byte is through, or undefined when the queue is full
   */
  send(sentMs: number, bytes: number): number | undefined {
    if (this.#nextCrossMs !== undefined) {
      if (this.#crossMs < sentMs - CROSS_MEMORY_MS) {
        this.#crossMs = this.#nextCrossMs(sentMs - CROSS_MEMORY_MS);
      }
      while (this.#crossMs <= sentMs) {
        this.#enqueue(this.#crossMs, CROSS_PACKET_BYTES);
        this.#crossMs = this.#nextCrossMs(this.#crossMs);
      }
    }
    return this.#enqueue(sentMs, bytes);
  }

  #enqueue(nowMs: number, bytes: number): number | undefined {
    let gone = 0;
    for (; (this.#waiting[gone]?.outMs ?? Number.POSITIVE_INFINITY) <= nowMs; gone++) {
      this.#waitingBytes -= this.#waiting[gone]?.bytes ?? 0;
    }
    if (gone > 0) this.#waiting.splice(0, gone);
    if (this.#waitingBytes + bytes > this.#queueBytes) return undefined;
    if (this.#waiting.length >= this.#queuePackets) return undefined;
    const outMs = this.#schedule.take(nowMs, bytes);
    this.#waiting.push({ outMs, bytes });
    this.#waitingBytes += bytes;
    return outMs;
  }
}

/** The opportunities of a trace that repeats, taken in order. */
class Schedule {
  readonly #opportunitiesMs: readonly number[];
  readonly #periodMs: number;
  #startMs = 0;
  #index = 0;
  /** Left of the opportunity at `#index`. */
  #leftBytes = OPPORTUNITY_BYTES;

  constructor(opportunitiesMs: readonly number[]) {
    checkList('link.opportunitiesMs', opportunitiesMs, MAX_OPPORTUNITIES);
    let lastMs = 0;
    for (const ms of opportunitiesMs) {
      checkRange('link.opportunitiesMs', ms, lastMs, MAX_MS);
      lastMs = ms;
    }
    // An empty trace and one that takes no time end here.
    checkRange('the last of link.opportunitiesMs', lastMs, 0.001, MAX_MS);
    this.#opportunitiesMs = opportunitiesMs;
    this.#periodMs = lastMs;
  }

  /**
   * Sends bytes that came at `nowMs` behind all that came before: an opportunity serves what waits for it already.
   *
   * @returns when the last byte is through
   */
  take(nowMs: number, bytes: number): number {
    if (this.#atMs <= nowMs) this.#seekBehind(nowMs);
    let rest = bytes;
    while (rest > this.#leftBytes) {
      rest -= this.#leftBytes;
      this.#next();
    }
    this.#leftBytes -= rest;
    const outMs = this.#atMs;
    if (this.#leftBytes === 0) this.#next();
    return outMs;
  }

  get #atMs(): number {
    return this.#startMs + (this.#opportunitiesMs[this.#index] ?? 0);
  }

  #next(): void {
    this.#leftBytes = OPPORTUNITY_BYTES;
    this.#index++;
    if (this.#index < this.#opportunitiesMs.length) return;
    this.#index = 0;
    this.#startMs += this.#periodMs;
  }

  /** What passed while nothing waited is gone. */
  #seekBehind(nowMs: number): void {
    const rounds = Math.floor((nowMs - this.#startMs) / this.#periodMs);
    if (rounds > 0) {
      this.#startMs += rounds * this.#periodMs;
      this.#index = 0;
    }
    let [low, high] = [this.#index, this.#opportunitiesMs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#startMs + (this.#opportunitiesMs[middle] ?? 0) > nowMs) high = middle;
      else low = middle + 1;
    }
    this.#index = low;
    this.#leftBytes = OPPORTUNITY_BYTES;
    // Fractions of a ms may round the end of a round onto `nowMs`.
    if (low === this.#opportunitiesMs.length) this.#next();
  }
}

/** When the next packet of the cross traffic comes after a time. */
function crossArrivals(settings: CrossTraffic, random: Random): (fromMs: number) => number {
  checkPart('link.crossTraffic', settings, ['rateBps', 'meanBurstMs', 'meanPauseMs']);
  const { rateBps, meanBurstMs, meanPauseMs } = settings;
  checkRange('link.crossTraffic.rateBps', rateBps, 1000, 100_000_000);
  checkRange('link.crossTraffic.meanBurstMs', meanBurstMs, 1, MAX_MS);
  checkRange('link.crossTraffic.meanPauseMs', meanPauseMs, 1, MAX_MS);
  const meanSpacingMs = (CROSS_PACKET_BYTES * 8 * 1000) / rateBps;
  const exponential = (meanMs: number): number => -Math.log(1 - random.uniform()) * meanMs;
  let burstEndMs = 0;
  return (fromMs) => {
    let nextMs = fromMs + exponential(meanSpacingMs);
    while (nextMs > burstEndMs) {
      nextMs = Math.max(burstEndMs, fromMs) + exponential(meanPauseMs);
      burstEndMs = nextMs + exponential(meanBurstMs);
    }
    return nextMs;
  };
}

/**
 * Reads a trace in Mahimahi's format: a line with a whole number of ms for each opportunity to send 1500 bytes, not falling;
 * it repeats from its last.
 *
 * @param name - stands for the text in errors
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE` with the line
 */
export function parseMahimahi(text: string, name: string): readonly number[] {
  const opportunitiesMs: number[] = [];
  const bad = (line: number, what: string): EarshotError =>
    new EarshotError('EARSHOT_BAD_CAPTURE', `${name}, line ${line}: ${what}`);
  let lastMs = 0;
  let at = 0;
  for (let line = 1; at < text.length; line++) {
    const end = text.indexOf('\n', at);
    const digits = text.slice(at, end < 0 ? text.length : end).trim();
    at = end < 0 ? text.length : end + 1;
    const ms = /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN;
    if (!(ms <= MAX_MS)) {
      throw bad(line, `${JSON.stringify(digits.slice(0, 40))} is no whole number of ms in a day`);
    }
    if (ms < lastMs) throw bad(line, `${ms} ms stands behind ${lastMs} ms`);
    if (opportunitiesMs.length === MAX_OPPORTUNITIES) {
      throw bad(line, `more than ${MAX_OPPORTUNITIES} opportunities`);
    }
    opportunitiesMs.push(ms);
    lastMs = ms;
  }
  if (lastMs === 0) throw bad(opportunitiesMs.length, 'the trace is over before it began');
  return opportunitiesMs;
}
