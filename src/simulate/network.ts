import { checkOneOf, checkRange } from '../errors.js';
import { checkPart } from './checks.js';
import {
  checkSpans,
  checkSteps,
  type DelayStep,
  isInside,
  type Recurring,
  recurring,
  type Span,
  type Spikes,
  stallMs,
  stepMs,
} from './disturbances.js';
import { type JitterModel, type JitterSettings, jitterModel } from './jitter.js';
import { Link, type LinkSettings } from './link.js';
import { type LossSettings, lossModel } from './loss.js';
import { deriveSeed, Random } from './random.js';

/** A network as a plain object: the same settings do the same to the same packets. Times are of sending, from the first packet. */
export interface NetworkSettings {
  /** 0..2^53-1. */
  readonly seed: number;
  /** A bottleneck at the sender's end: what it drops or delays comes before all else. */
  readonly link?: LinkSettings;
  /** Delay every packet has. @defaultValue 0 */
  readonly baseDelayMs?: number;
  readonly loss?: LossSettings;
  readonly jitter?: JitterSettings;
  /** `in-order`: a packet never overtakes another, it waits behind it. `free`: each for itself. @defaultValue 'in-order' */
  readonly order?: 'in-order' | 'free';
  /** Holds single packets back so that others overtake them, whatever `order` says. */
  readonly reorder?: { readonly ratio: number; readonly minMs: number; readonly maxMs: number };
  /** Sends packets twice, the copy `delayMs` later. */
  readonly duplicate?: { readonly ratio: number; readonly delayMs: number };
  /** Times in which packets are held and then let go all at once, as where a Wi-Fi radio sleeps or scans. */
  readonly holds?: Recurring;
  /** Sudden extra delay that drains: a queue that filled up. */
  readonly spikes?: Spikes;
  /** Delay by `DelayStep.delayMs` from a time on. */
  readonly steps?: readonly DelayStep[];
  /** Times in which the path stands still; what was held comes at once at the end. */
  readonly stalls?: readonly Span[];
  /** Times in which all is lost. */
  readonly outages?: readonly Span[];
  /** By how much the receiver's clock is faster than the sender's, parts per million, -1000..1000. */
  readonly driftPpm?: number;
}

const NAMES = [
  'seed',
  'link',
  'baseDelayMs',
  'loss',
  'jitter',
  'order',
  'reorder',
  'duplicate',
  'holds',
  'spikes',
  'steps',
  'stalls',
  'outages',
  'driftPpm',
];
const RECURRING_NAMES = ['meanIntervalMs', 'minMs', 'maxMs'];
const MAX_DELAY_MS = 60_000;
const UDP_IP_BYTES = 28;
const NEVER = (): boolean => false;
const NO_DELAY = (): number => 0;

/** Decides for each packet, as it is sent, when it arrives. */
export class Network {
  readonly #settings: NetworkSettings;
  readonly #link: Link | undefined;
  readonly #isLost: () => boolean;
  readonly #jitterMs: JitterModel;
  readonly #holdMs: (sentMs: number) => number;
  readonly #spikeMs: (sentMs: number) => number;
  readonly #reorderRandom: Random;
  readonly #duplicateRandom: Random;
  #startUs: number | undefined;
  #newestArrivalUs = Number.NEGATIVE_INFINITY;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
  constructor(settings: NetworkSettings) {
    checkSettings(settings);
    this.#settings = settings;
    // A generator for each idea, so that adding one leaves the others' draws as they were.
    const { seed, link, loss, jitter, holds, spikes } = settings;
    const random = (part: number): Random => new Random(deriveSeed(seed, part));
    this.#isLost = loss === undefined ? NEVER : lossModel(loss, random(0));
    this.#jitterMs = jitter === undefined ? NO_DELAY : jitterModel(jitter, random(1));
    this.#reorderRandom = random(2);
    this.#duplicateRandom = random(3);
    this.#spikeMs = spikes === undefined ? NO_DELAY : recurring('spikes', spikes, random(4));
    this.#holdMs = holds === undefined ? NO_DELAY : recurring('holds', holds, random(5));
    this.#link = link === undefined ? undefined : new Link(link, random(6));
  }

  /**
   * Sends a packet; times must not go back.
   *
   * @param sentUs - integer µs on the sender's clock
   * @param bytes - of its UDP payload; only a `link` asks for them
   * @returns its arrivals in integer µs, none when it is lost, two when it is doubled
   */
  send(sentUs: number, bytes = 0): readonly number[] {
    this.#startUs ??= sentUs;
    const sentMs = (sentUs - this.#startUs) / 1000;
    const { baseDelayMs = 0, steps = [], stalls = [], outages = [] } = this.#settings;
    const { order = 'in-order', reorder, duplicate } = this.#settings;

    // Every generator is drawn from for every packet: what one idea does never shifts another.
    const leftLinkMs =
      this.#link === undefined ? sentMs : this.#link.send(sentMs, bytes + UDP_IP_BYTES);
    const isLost = this.#isLost();
    const jitterMs = this.#jitterMs(sentMs);
    const isHeldBack = reorder !== undefined && this.#reorderRandom.chance(reorder.ratio);
    const holdShare = reorder === undefined ? 0 : this.#reorderRandom.uniform();
    const isDoubled = duplicate !== undefined && this.#duplicateRandom.chance(duplicate.ratio);
    const standstillMs = Math.max(
      this.#spikeMs(sentMs),
      this.#holdMs(sentMs),
      stallMs(stalls, sentMs),
    );
    if (leftLinkMs === undefined || isLost || isInside(outages, sentMs)) return [];

    const delayMs = baseDelayMs + jitterMs + stepMs(steps, sentMs) + standstillMs;
    let arrivalUs = this.#onReceiversClockUs(leftLinkMs + delayMs);
    if (isHeldBack && reorder !== undefined) {
      arrivalUs += Math.round((reorder.minMs + holdShare * (reorder.maxMs - reorder.minMs)) * 1000);
    } else {
      if (order === 'in-order') arrivalUs = Math.max(arrivalUs, this.#newestArrivalUs);
      this.#newestArrivalUs = arrivalUs;
    }
    return isDoubled ? [arrivalUs, arrivalUs + Math.round(duplicate.delayMs * 1000)] : [arrivalUs];
  }

  /** What is sent at `sentUs` or later does not arrive before this, integer µs. */
  earliestArrivalUs(sentUs: number): number {
    return this.#startUs === undefined
      ? Number.NEGATIVE_INFINITY
      : this.#onReceiversClockUs((sentUs - this.#startUs) / 1000);
  }

  #onReceiversClockUs(sinceStartMs: number): number {
    const { driftPpm = 0 } = this.#settings;
    return (this.#startUs ?? 0) + Math.round(sinceStartMs * (1 + driftPpm * 1e-6) * 1000);
  }
}

function checkSettings(settings: NetworkSettings): void {
  checkPart('Network', settings, NAMES);
  const { seed, baseDelayMs = 0, order = 'in-order', driftPpm = 0, reorder, duplicate } = settings;
  checkRange('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  checkRange('baseDelayMs', baseDelayMs, 0, MAX_DELAY_MS);
  checkOneOf('order', order, ['in-order', 'free'] as const);
  checkRange('driftPpm', driftPpm, -1000, 1000);
  if (reorder !== undefined) {
    checkPart('reorder', reorder, ['ratio', 'minMs', 'maxMs']);
    checkRange('reorder.ratio', reorder.ratio, 0, 1);
    checkRange('reorder.minMs', reorder.minMs, 0, MAX_DELAY_MS);
    checkRange('reorder.maxMs', reorder.maxMs, reorder.minMs, MAX_DELAY_MS);
  }
  if (duplicate !== undefined) {
    checkPart('duplicate', duplicate, ['ratio', 'delayMs']);
    checkRange('duplicate.ratio', duplicate.ratio, 0, 1);
    checkRange('duplicate.delayMs', duplicate.delayMs, 0, MAX_DELAY_MS);
  }
  if (settings.holds !== undefined) checkPart('holds', settings.holds, RECURRING_NAMES);
  if (settings.spikes !== undefined) {
    checkPart('spikes', settings.spikes, [...RECURRING_NAMES, 'fallRatio']);
  }
  checkSteps(settings.steps ?? []);
  checkSpans('stalls', settings.stalls ?? []);
  checkSpans('outages', settings.outages ?? []);
}
