import { checkNames, checkOneOf, checkRange } from '../errors.js';
import {
  checkSpans,
  checkSteps,
  type DelayStep,
  isInside,
  type Recurring,
  recurring,
  type Span,
  stallMs,
  stepMs,
} from './disturbances.js';
import { type JitterSettings, jitterModel } from './jitter.js';
import { type LossSettings, lossModel } from './loss.js';
import { deriveSeed, Random } from './random.js';

/** A network as a plain object: the same settings do the same to the same packets. Times are of sending, from the first packet. */
export interface NetworkSettings {
  /** 0..2^53-1. */
  readonly seed: number;
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
  /** Sudden extra delay that drains as fast as time passes: a queue that filled up. */
  readonly spikes?: Recurring;
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
  'baseDelayMs',
  'loss',
  'jitter',
  'order',
  'reorder',
  'duplicate',
  'spikes',
  'steps',
  'stalls',
  'outages',
  'driftPpm',
];
const MAX_DELAY_MS = 60_000;
const NEVER = (): boolean => false;
const NO_DELAY = (): number => 0;

/** Decides for each packet, as it is sent, when it arrives. */
export class Network {
  readonly #settings: NetworkSettings;
  readonly #isLost: () => boolean;
  readonly #jitterMs: () => number;
  readonly #spike: ReturnType<typeof recurring> | undefined;
  readonly #reorderRandom: Random;
  readonly #duplicateRandom: Random;
  #startUs: number | undefined;
  #newestArrivalUs = Number.NEGATIVE_INFINITY;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
  constructor(settings: NetworkSettings) {
    checkSettings(settings);
    this.#settings = settings;
    // A generator for each idea, so that adding one leaves the others' draws as they were.
    const { seed, loss, jitter, spikes } = settings;
    const random = (part: number): Random => new Random(deriveSeed(seed, part));
    this.#isLost = loss === undefined ? NEVER : lossModel(loss, random(0));
    this.#jitterMs = jitter === undefined ? NO_DELAY : jitterModel(jitter, random(1));
    this.#reorderRandom = random(2);
    this.#duplicateRandom = random(3);
    this.#spike = spikes === undefined ? undefined : recurring('spikes', spikes, random(4));
  }

  /**
   * Sends a packet; times must not go back.
   *
   * @param sentUs - integer µs on the sender's clock
   * @returns its arrivals in integer µs, none when it is lost, two when it is doubled
   */
  send(sentUs: number): readonly number[] {
    this.#startUs ??= sentUs;
    const sentMs = (sentUs - this.#startUs) / 1000;
    const { baseDelayMs = 0, steps = [], stalls = [], outages = [], driftPpm = 0 } = this.#settings;
    const { order = 'in-order', reorder, duplicate } = this.#settings;

    // Every generator is drawn from for every packet: what one idea does never shifts another.
    const isLost = this.#isLost();
    const jitterMs = this.#jitterMs();
    const isHeldBack = reorder !== undefined && this.#reorderRandom.chance(reorder.ratio);
    const holdShare = reorder === undefined ? 0 : this.#reorderRandom.uniform();
    const isDoubled = duplicate !== undefined && this.#duplicateRandom.chance(duplicate.ratio);
    const spike = this.#spike?.(sentMs);
    if (isLost || isInside(outages, sentMs)) return [];

    const spikeMs = spike === undefined ? 0 : spike.sizeMs - spike.sinceMs;
    const delayMs =
      baseDelayMs + jitterMs + stepMs(steps, sentMs) + Math.max(spikeMs, stallMs(stalls, sentMs));
    const onReceiversClockMs = (sentMs + delayMs) * (1 + driftPpm * 1e-6);
    let arrivalUs = this.#startUs + Math.round(onReceiversClockMs * 1000);
    if (isHeldBack && reorder !== undefined) {
      arrivalUs += Math.round((reorder.minMs + holdShare * (reorder.maxMs - reorder.minMs)) * 1000);
    } else {
      if (order === 'in-order') arrivalUs = Math.max(arrivalUs, this.#newestArrivalUs);
      this.#newestArrivalUs = arrivalUs;
    }
    return isDoubled ? [arrivalUs, arrivalUs + Math.round(duplicate.delayMs * 1000)] : [arrivalUs];
  }
}

/** A packet and when it is sent, or when it arrives. */
export interface TimedPacket {
  /** Integer µs. */
  readonly atUs: number;
  readonly data: Uint8Array;
}

/** Sends packets through a network; what arrives, in order of arrival (equal times in order of sending). */
export function throughNetwork(
  packets: Iterable<TimedPacket>,
  settings: NetworkSettings,
): TimedPacket[] {
  const network = new Network(settings);
  const arrivals: TimedPacket[] = [];
  for (const { atUs, data } of packets) {
    for (const arrivalUs of network.send(atUs)) arrivals.push({ atUs: arrivalUs, data });
  }
  return arrivals.sort((a, b) => a.atUs - b.atUs);
}

function checkSettings(settings: NetworkSettings): void {
  checkNames('Network', settings, NAMES);
  const { seed, baseDelayMs = 0, order = 'in-order', driftPpm = 0, reorder, duplicate } = settings;
  checkRange('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  checkRange('baseDelayMs', baseDelayMs, 0, MAX_DELAY_MS);
  checkOneOf('order', order, ['in-order', 'free'] as const);
  checkRange('driftPpm', driftPpm, -1000, 1000);
  if (reorder !== undefined) {
    checkRange('reorder.ratio', reorder.ratio, 0, 1);
    checkRange('reorder.minMs', reorder.minMs, 0, MAX_DELAY_MS);
    checkRange('reorder.maxMs', reorder.maxMs, reorder.minMs, MAX_DELAY_MS);
  }
  if (duplicate !== undefined) {
    checkRange('duplicate.ratio', duplicate.ratio, 0, 1);
    checkRange('duplicate.delayMs', duplicate.delayMs, 0, MAX_DELAY_MS);
  }
  checkSteps(settings.steps ?? []);
  checkSpans('stalls', settings.stalls ?? []);
  checkSpans('outages', settings.outages ?? []);
}
