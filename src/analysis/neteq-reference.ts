import { LatencyHistogram, type LatencyPercentiles } from '../latency-histogram.js';
import { Random } from '../simulate/random.js';
import type { ArrivalTrace, TracedPacket } from './arrival-trace.js';
import { type MinimumDelayLine, minimumDelayLine } from './minimum-delay-line.js';
import { decide, type LastMode, type Operation } from './neteq/decision.js';
import { PacketStore, type StoredPacket } from './neteq/packet-store.js';
import { TargetDelay } from './neteq/target-delay.js';

/** What a NetEQ-like receiver would have made of a call. */
export interface NetEqReference {
  /** When audio is played, over the minimum-delay line, ms. */
  readonly delayMs: LatencyPercentiles;
  /** Share of what was played that was made up, 0..1. */
  readonly concealedRatio: number;
  readonly concealmentEvents: number;
  /** Shares of what was played that time-stretch took out and put in. */
  readonly acceleratedRatio: number;
  readonly deceleratedRatio: number;
}

const TICKS_PER_MS = 48;
const BLOCK_MS = 10;
const BLOCK_TICKS = BLOCK_MS * TICKS_PER_MS;
const LONG_FRAME_TICKS = 30 * TICKS_PER_MS;
/** Blocks from one stretch to the next (libwebrtc neteq/decision_logic.h and the block after it). */
const STRETCH_SPACING_BLOCKS = 6;
/** Of a copy inside an Opus packet so much is decoded, whatever the packet's length. */
const MAX_LBRR_TICKS = 20 * TICKS_PER_MS;
/** Periods NetEQ repeats in concealment (libwebrtc neteq/expand.cc), any of them as likely. */
const SHORTEST_PERIOD_MS = 2.5;
const LONGEST_CONCEALED_MS = 15;
/** Periods that stretching cuts and repeats: of a voice, which is what correlates well. Fitted, as are the next two. */
const LONGEST_STRETCHED_MS = 10;
/** Share of stretches that find a period to cut or to repeat. */
const STRETCH_SUCCESS = 0.85;
/** A merge lays the end of what was made up over the audio that follows, by so much at the most. */
const LONGEST_OVERLAP_MS = 3;
/** Calls are played so many times, the guesses drawn anew. */
const RUNS = 8;
/** A hostile capture may be a day of pauses. */
const MAX_BLOCKS = 12 * 360_000;

/**
 * Plays a call as libwebrtc's NetEQ of 2025 and 2026 would by its own arithmetic of delays, 10 ms at a time, without audio.
 *
 * What NetEQ takes from the sound is drawn by lot: which period a stretch or a concealment takes, whether there is one, how
 * far a merge overlaps. The result is the mean of some runs, always the same ones. RFC 3389 comfort noise is left out, and
 * so is the smoothed buffer level, on which no decision of these revisions depends.
 */
export function netEqReference(trace: ArrivalTrace): NetEqReference {
  const line = minimumDelayLine(trace);
  return meanOf(Array.from({ length: RUNS }, (_, run) => playOnce(trace, line, run)));
}

function playOnce(trace: ArrivalTrace, line: MinimumDelayLine, seed: number): NetEqReference {
  const player = new NetEqPlayer(line, new Random(seed));
  let nowUs = firstBlockUs(trace, line);
  let next = 0;
  for (let block = 0; block < MAX_BLOCKS; block++) {
    while (next < trace.length && trace.at(next).arrivalUs < nowUs) player.insert(trace.at(next++));
    if (next === trace.length && player.isEmpty) break;
    player.playBlock(nowUs);
    nowUs += BLOCK_MS * 1000;
  }
  return player.result();
}

function meanOf(runs: readonly NetEqReference[]): NetEqReference {
  const mean = (pick: (run: NetEqReference) => number): number =>
    runs.reduce((sum, run) => sum + pick(run), 0) / runs.length;
  return {
    delayMs: {
      p50: mean(({ delayMs }) => delayMs.p50),
      p95: mean(({ delayMs }) => delayMs.p95),
      p99: mean(({ delayMs }) => delayMs.p99),
      mean: mean(({ delayMs }) => delayMs.mean),
      max: mean(({ delayMs }) => delayMs.max),
    },
    concealedRatio: mean(({ concealedRatio }) => concealedRatio),
    concealmentEvents: mean(({ concealmentEvents }) => concealmentEvents),
    acceleratedRatio: mean(({ acceleratedRatio }) => acceleratedRatio),
    deceleratedRatio: mean(({ deceleratedRatio }) => deceleratedRatio),
  };
}

/**
 * Arrivals are rounded down to NetEQ's clock of 10 ms, so its phase changes the result by some ms. Here a packet over the
 * best path comes right behind a block.
 */
function firstBlockUs(trace: ArrivalTrace, line: MinimumDelayLine): number {
  if (trace.length === 0) return 0;
  const { arrivalUs, mediaTicks, durationTicks } = trace.at(0);
  const blockUs = BLOCK_MS * 1000;
  const lineUs = line.atUs(mediaTicks + durationTicks);
  return lineUs + Math.ceil((arrivalUs + 1 - lineUs) / blockUs) * blockUs;
}

class NetEqPlayer {
  readonly #line: MinimumDelayLine;
  readonly #store = new PacketStore();
  readonly #random: Random;
  readonly #latency = new LatencyHistogram();
  #target = new TargetDelay();
  /** NetEQ's time: blocks played, ms. */
  #clockMs = 0;
  #hasBegun = false;
  #lastMode: LastMode = 'normal';
  /** Media position behind what is decoded, and how much of that is not played yet. */
  #endTicks = 0;
  #leftTicks = 0;
  #frameTicks = 20 * TICKS_PER_MS;
  #generatedSinceMs: number | undefined;
  #stretchAtMs = STRETCH_SPACING_BLOCKS * BLOCK_MS;
  #playedBlocks = 0;
  #concealedTicks = 0;
  #concealmentEvents = 0;
  #removedTicks = 0;
  #insertedTicks = 0;

  constructor(line: MinimumDelayLine, random: Random) {
    this.#line = line;
    this.#random = random;
  }

  get isEmpty(): boolean {
    return this.#store.first === undefined && this.#leftTicks < BLOCK_TICKS;
  }

  insert(packet: TracedPacket): void {
    const { content, mediaTicks, durationTicks, copies } = packet;
    if (durationTicks === 0) return;
    const lbrrTicks = Math.min(durationTicks, MAX_LBRR_TICKS);
    // The copy inside an Opus packet is taken out before it, blocks of RED behind it.
    if (copies & 1) this.#insert(mediaTicks - lbrrTicks, lbrrTicks, 'audio');
    this.#insert(mediaTicks, durationTicks, content === 'dtx' ? 'silence' : 'audio');
    for (let distance = 2; distance <= 16; distance++) {
      if ((copies >> (distance - 1)) & 1) {
        this.#insert(mediaTicks - distance * durationTicks, durationTicks, 'audio');
      }
    }
  }

  #insert(mediaTicks: number, durationTicks: number, content: StoredPacket['content']): void {
    this.#store.add({ mediaTicks, durationTicks, content, storedMs: this.#clockMs });
    if (!this.#hasBegun) return;
    const mediaMs = mediaTicks / TICKS_PER_MS;
    this.#target.onPacket(mediaMs, durationTicks / TICKS_PER_MS, this.#clockMs);
  }

  playBlock(nowUs: number): void {
    this.#clockMs += BLOCK_MS;
    const first = this.#store.first;
    if (!this.#hasBegun) {
      if (first === undefined) return;
      this.#hasBegun = true;
      this.#endTicks = first.mediaTicks;
      this.#stretchAtMs = this.#clockMs + STRETCH_SPACING_BLOCKS * BLOCK_MS;
    }
    this.#store.discardBefore(this.#endTicks);
    this.#do(this.#decide());
    this.#account(nowUs);
    this.#leftTicks -= BLOCK_TICKS;
    if (this.#lastMode !== 'expanded' && this.#lastMode !== 'noise') {
      this.#generatedSinceMs = undefined;
    }
  }

  #decide(): Operation {
    const { first } = this.#store;
    const operation = decide({
      lastMode: this.#lastMode,
      targetMs: this.#target.targetMs,
      highMs: this.#target.highMs,
      playoutDelayMs: this.#target.playoutDelayMs(
        (this.#endTicks - this.#leftTicks) / TICKS_PER_MS,
        this.#clockMs,
      ),
      leapMs: first === undefined ? undefined : (first.mediaTicks - this.#endTicks) / TICKS_PER_MS,
      spanMs: this.#store.spanMs(this.#clockMs),
      hasSilencePacket: this.#store.hasSilence ? 'yes' : 'no',
      generatedMs:
        this.#generatedSinceMs === undefined ? 0 : this.#clockMs - this.#generatedSinceMs,
      stretching: this.#clockMs >= this.#stretchAtMs ? 'allowed' : 'too-soon',
    });
    if (first?.content === 'silence' && operation !== 'expand' && operation !== 'noise') {
      return 'normal';
    }
    return operation;
  }

  #do(operation: Operation): void {
    const isStretch = operation === 'accelerate' || operation === 'preemptive-expand';
    if (this.#leftTicks >= BLOCK_TICKS && !isStretch && operation !== 'merge') {
      if (this.#lastMode === 'stretched') this.#lastMode = 'normal';
      return;
    }
    switch (operation) {
      case 'expand':
        this.#expand();
        return;
      case 'noise':
        this.#leftTicks += BLOCK_TICKS;
        return;
      case 'merge': {
        this.#decode(BLOCK_TICKS);
        const overlapTicks = this.#random.uniform() * LONGEST_OVERLAP_MS * TICKS_PER_MS;
        const overlap = Math.min(Math.round(overlapTicks), this.#leftTicks - BLOCK_TICKS);
        this.#leftTicks -= overlap;
        this.#concealedTicks -= overlap;
        return;
      }
      case 'normal':
        this.#decode(BLOCK_TICKS);
        return;
      case 'accelerate':
        this.#accelerate();
        return;
      case 'preemptive-expand':
        this.#decelerate();
    }
  }

  #periodTicks(longestMs: number): number {
    const spreadMs = longestMs - SHORTEST_PERIOD_MS;
    return Math.round((SHORTEST_PERIOD_MS + this.#random.uniform() * spreadMs) * TICKS_PER_MS);
  }

  #expand(): void {
    if (this.#lastMode !== 'expanded') this.#concealmentEvents++;
    // Whole periods are repeated, so that some is left for the next block.
    const periodTicks = this.#periodTicks(LONGEST_CONCEALED_MS);
    while (this.#leftTicks < BLOCK_TICKS) {
      this.#leftTicks += periodTicks;
      this.#concealedTicks += periodTicks;
    }
    this.#lastMode = 'expanded';
    this.#generatedSinceMs ??= this.#clockMs;
  }

  /** Takes packets that follow each other until so much is there. */
  #decode(requiredTicks: number): void {
    let takenTicks = 0;
    let { first } = this.#store;
    if (first !== undefined) this.#endTicks = first.mediaTicks;
    while (
      first !== undefined &&
      takenTicks < requiredTicks &&
      first.mediaTicks === this.#endTicks
    ) {
      this.#store.take();
      takenTicks += first.durationTicks;
      this.#leftTicks += first.durationTicks;
      this.#frameTicks = first.durationTicks;
      if (first.content === 'silence') {
        // Noise goes on from here until a packet's time has come; its position is where the pause began.
        this.#lastMode = 'noise';
        this.#generatedSinceMs = this.#clockMs;
        return;
      }
      this.#endTicks += first.durationTicks;
      this.#lastMode = 'normal';
      first = this.#store.first;
    }
    // Nothing was there: what a caller asked for must be there all the same.
    if (this.#leftTicks < BLOCK_TICKS) this.#expand();
  }

  #accelerate(): void {
    const isLong = this.#frameTicks >= LONG_FRAME_TICKS;
    if (this.#leftTicks < LONG_FRAME_TICKS) {
      if (isLong && this.#leftTicks >= BLOCK_TICKS) {
        this.#lastMode = 'normal';
        return;
      }
      if (!isLong && this.#leftTicks < 2 * BLOCK_TICKS) {
        this.#decode(2 * BLOCK_TICKS);
        return;
      }
      this.#decode(BLOCK_TICKS);
      if (this.#leftTicks < LONG_FRAME_TICKS || this.#lastMode !== 'normal') return;
    }
    if (!this.#finds()) return;
    const periodTicks = this.#periodTicks(LONGEST_STRETCHED_MS);
    this.#leftTicks -= periodTicks;
    this.#removedTicks += periodTicks;
  }

  #decelerate(): void {
    const isLong = this.#frameTicks >= LONG_FRAME_TICKS;
    const isEnough =
      this.#leftTicks >= LONG_FRAME_TICKS || (isLong && this.#leftTicks >= BLOCK_TICKS);
    if (!isEnough) {
      this.#decode(!isLong && this.#leftTicks < 2 * BLOCK_TICKS ? 2 * BLOCK_TICKS : BLOCK_TICKS);
      if (this.#lastMode !== 'normal') return;
    }
    if (!this.#finds()) return;
    const periodTicks = this.#periodTicks(LONGEST_STRETCHED_MS);
    this.#leftTicks += periodTicks;
    this.#insertedTicks += periodTicks;
  }

  /** Whether there is a period to cut or to repeat. */
  #finds(): boolean {
    const isFound = this.#random.chance(STRETCH_SUCCESS);
    this.#lastMode = isFound ? 'stretched' : 'normal';
    if (isFound) this.#stretchAtMs = this.#clockMs + STRETCH_SPACING_BLOCKS * BLOCK_MS;
    return isFound;
  }

  #account(nowUs: number): void {
    this.#playedBlocks++;
    if (this.#lastMode === 'expanded' || this.#lastMode === 'noise') return;
    const frameEnd = this.#endTicks - this.#leftTicks + this.#frameTicks;
    this.#latency.add(Math.max(0, nowUs - this.#line.atUs(frameEnd)) / 1000);
  }

  result(): NetEqReference {
    const played = Math.max(1, this.#playedBlocks * BLOCK_TICKS);
    return {
      delayMs: this.#latency.percentiles(),
      concealedRatio: this.#concealedTicks / played,
      concealmentEvents: this.#concealmentEvents,
      acceleratedRatio: this.#removedTicks / played,
      deceleratedRatio: this.#insertedTicks / played,
    };
  }
}
