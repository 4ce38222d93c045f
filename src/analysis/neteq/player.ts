import { LatencyHistogram } from '../../latency-histogram.js';
import { TICKS_PER_MS } from '../../receiver/audio-frame.js';
import type { Random } from '../../simulate/random.js';
import type { TracedPacket } from '../arrival-trace.js';
import type { MinimumDelayLine } from '../minimum-delay-line.js';
import { decide, type LastMode, type Operation } from './decision.js';
import { PacketStore, type StoredPacket } from './packet-store.js';
import type { NetEqReference } from './result.js';
import { TargetDelay } from './target-delay.js';

/** What NetEQ is asked for at a time. */
export const BLOCK_MS = 10;
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

/** Plays one call in blocks of 10 ms, counting positions instead of samples (libwebrtc neteq/neteq_impl.cc). */
export class NetEqPlayer {
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
