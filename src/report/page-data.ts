import type { DelaySpike } from '../analysis/delay-spikes.js';
import type { WorstMoment } from '../analysis/worst-moments.js';
import type { ReplayReport } from '../replay/report.js';
import type { SpoolSegment } from './packet-list.js';

/** Bytes of a typed array in the machine's order, little endian wherever Node runs, as base64. */
export type Packed = string;

export interface PackedSeries {
  readonly binMs: number;
  /** `Uint16Array`, in tenths. */
  readonly lows: Packed;
  readonly highs: Packed;
}

export type SeriesName = 'network' | 'latency' | 'target' | 'buffer';

/** Where packets of an audio element of the page stand. */
export interface PackedAudio {
  readonly segments: readonly SpoolSegment[];
  /** `Uint16Array` of the bytes of each packet. */
  readonly lengths: Packed;
}

/** A point of a plot of delay against concealment. */
export interface TradeOff {
  readonly delayMs: number;
  readonly concealedRatio: number;
}

/** What the script of a report's page reads beside the audio. */
export interface PageData {
  readonly report: ReplayReport;
  /** The command that makes the page again. */
  readonly command: string;
  /** `sender`: media time from the first packet; `listener`: time from the first 10 ms that were played. */
  readonly timeLine: 'sender' | 'listener';
  readonly durationMs: number;
  /** `full`: all is told as it was; `bounded`: the call is so long that the page says how coarsely. */
  readonly detail: 'full' | 'bounded';
  /** Runs of kinds as `CellTrack.packed` gives them. */
  readonly tracks: { readonly first: Packed; readonly final: Packed; readonly fates: Packed };
  /** Within so long a time the order of the runs is lost, but where there is sound; 0 where it is kept everywhere. */
  readonly gatheredMs: number;
  readonly provenances: readonly string[];
  readonly fates: readonly string[];
  readonly series: Readonly<Partial<Record<SeriesName, PackedSeries>>>;
  /** Peaks of the samples, 0..255 for 0..full scale. */
  readonly level: { readonly binMs: number; readonly peaks: Packed };
  /** Packets by delay over the line, in bins of 1 ms. */
  readonly delayCounts: readonly number[];
  /** The highest, highest first. */
  readonly spikes: readonly DelaySpike[];
  readonly moments: readonly WorstMoment[];
  readonly tradeOffs: {
    readonly run: TradeOff;
    readonly fixedDelay: readonly TradeOff[];
    readonly fixedDelayWithCopies: readonly TradeOff[];
    /** In hindsight: of a player who follows the network, or of a recognizer who takes frames in order. */
    readonly lowerBound: readonly TradeOff[];
  };
  readonly audio: {
    readonly bitrateBps: number;
    readonly frameMs: number;
    /** Sound for which there was no room. */
    readonly leftOutMs: number;
    readonly first: PackedAudio;
    readonly repaired: PackedAudio;
  };
}
