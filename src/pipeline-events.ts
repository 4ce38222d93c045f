import type { EarshotError } from './errors.js';
import type { EventsDropped } from './event-stream.js';
import type { AudioFrame } from './receiver/audio-frame.js';
import type { NackRequest } from './receiver/receiver.js';
import type { ReceiverStats } from './receiver/stats.js';
import type { LedgerEntry, LedgerSummary } from './speech/latency-ledger.js';
import type { Transcript } from './speech/transcript.js';

/** What a pipeline tells while audio runs through it. Times are media time, ms from the first packet. */
export type PipelineEvent =
  /** Audio was decoded; its PCM is the listener's to keep. */
  | { readonly type: 'frame'; readonly frame: AudioFrame }
  /** A frame was handed to the recognizer: where its time went. */
  | { readonly type: 'delivered'; readonly latency: LedgerEntry }
  | {
      readonly type: 'speech';
      readonly state: 'start' | 'end';
      readonly atMs: number;
      readonly levelDb: number | undefined;
    }
  | { readonly type: 'transcript'; readonly transcript: Transcript }
  /** Packets to ask the sender for again; none before `setRoundTrip`. */
  | { readonly type: 'packets-missing'; readonly requests: readonly NackRequest[] }
  /** The recognizer was too slow and the oldest audio made room; told at most once a second of audio. */
  | { readonly type: 'audio-dropped'; readonly startMs: number; readonly durationMs: number }
  /** Audio goes on without words; the recognizer is opened again `retriesLeft` times at most. */
  | {
      readonly type: 'recognizer-failed';
      readonly error: EarshotError;
      readonly retriesLeft: number;
    }
  | { readonly type: 'recognizer-reopened' };

/** Events as `for await` reads them. */
export type PipelineReading = PipelineEvent | EventsDropped;

export interface PipelineStats {
  readonly receiver: ReceiverStats;
  readonly ledger: LedgerSummary;
  /** Longest the engine waits for a late packet, ms. */
  readonly deadlineMs: number;
  readonly recognizer: {
    readonly name: string;
    readonly state: 'open' | 'reopening' | 'gone' | 'closed';
    /** Audio waiting in the decode buffer, ms. */
    readonly decodeBufferMs: number;
    /** Audio waiting in the recognizer, ms. */
    readonly backlogMs: number;
    /** Audio dropped because the recognizer was too slow, ms. */
    readonly droppedMs: number;
    /** Audio that found no recognizer because it was given up, ms. */
    readonly unrecognizedMs: number;
    /** Audio that reached the recognizer in a better version than the first, ms. */
    readonly repairedMs: number;
    readonly failures: number;
    /** Utterances with a final transcript. */
    readonly utterances: number;
  };
}
