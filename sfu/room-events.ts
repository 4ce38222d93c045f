import type { Provenance } from '../src/index.js';

/** One 20 ms (or whatever the sender chose) of a participant's audio as the page draws it. */
export interface FrameNote {
  /** Media time from the participant's first packet, ms. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly provenance: Provenance;
  /** Over the minimum-delay line, ms. */
  readonly latencyMs: number;
  /** dB relative to full scale, -127..0. */
  readonly levelDb: number;
  /** `startMs` by the sender's wall clock, ms since 1970, once the sender has told it. */
  readonly captureUnixMs?: number | undefined;
}

export interface TranscriptWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Share of the word's audio that was not made up by concealment, 0..1. */
  readonly heardRatio: number;
  /** As of a frame. */
  readonly captureUnixMs?: number | undefined;
}

/** p50, p95 and p99 of a stage of the latency ledger, ms. */
export interface StagePercentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What the server tells those who watch a room, over SSE (`event:` is the type) and WebSocket (one JSON object a message). */
export type RoomEvent =
  | {
      readonly type: 'participant-joined';
      readonly participant: string;
      readonly recognizer: string;
    }
  | { readonly type: 'participant-left'; readonly participant: string }
  | { readonly type: 'frames'; readonly participant: string; readonly frames: readonly FrameNote[] }
  | {
      readonly type: 'speech';
      readonly participant: string;
      readonly state: 'start' | 'end';
      readonly atMs: number;
    }
  | {
      readonly type: 'transcript';
      readonly participant: string;
      readonly final: boolean;
      readonly utterance: number;
      readonly text: string;
      readonly startMs: number;
      readonly endMs: number;
      readonly words: readonly TranscriptWord[];
      /** As of a frame. */
      readonly captureUnixMs?: number | undefined;
    }
  | {
      readonly type: 'stats';
      readonly participant: string;
      readonly packets: {
        readonly received: number;
        readonly lost: number;
        readonly late: number;
        readonly duplicate: number;
      };
      /** Share of the audio that concealment made up, 0..1. */
      readonly concealedRatio: number;
      /** Stages of the latency ledger; `total` is capture to recognizer. */
      readonly ledger: Readonly<Record<string, StagePercentiles>>;
      readonly budgetMs: number;
      /** Longest a frame may wait behind the minimum-delay line, ms. */
      readonly deadlineMs?: number;
      /** Share of the frames whose uplink was measured by the sender's clock and not assumed, 0..1. */
      readonly measuredUplinkRatio?: number;
    }
  | { readonly type: 'recognizer-failed'; readonly participant: string; readonly message: string }
  /** This watcher was too slow: so many events were dropped for it, oldest first. */
  | { readonly type: 'dropped'; readonly events: number };
