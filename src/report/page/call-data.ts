import type { PackedSeries, PageData, SeriesName } from '../page-data.js';
import { bytesOf, wordsOf } from './base64.js';
import { CellRuns } from './cell-runs.js';

const NO_VALUE = 65_535;

/** Least and greatest values of a time line by bins, in tenths. */
export interface Series {
  readonly binMs: number;
  readonly lows: Uint16Array;
  readonly highs: Uint16Array;
}

/** The data of the page, ready to draw. */
export interface CallData extends Omit<PageData, 'tracks' | 'series' | 'level'> {
  readonly first: CellRuns;
  readonly final: CellRuns;
  readonly fateRuns: CellRuns;
  readonly series: Readonly<Partial<Record<SeriesName, Series>>>;
  readonly level: { readonly binMs: number; readonly peaks: Uint8Array };
  /** The greatest of the peaks, at least 1. */
  readonly loudest: number;
}

export function readCallData(): CallData {
  const data: PageData = JSON.parse(textOf('data'));
  const { tracks, series, level, ...others } = data;
  const peaks = bytesOf(level.peaks);
  return {
    ...others,
    first: new CellRuns(tracks.first),
    final: new CellRuns(tracks.final),
    fateRuns: new CellRuns(tracks.fates),
    series: Object.fromEntries(Object.entries(series).map(([name, one]) => [name, unpack(one)])),
    level: { binMs: level.binMs, peaks },
    loudest: peaks.reduce((most, peak) => Math.max(most, peak), 1),
  };
}

/** Text of an element that holds data. */
export function textOf(id: string): string {
  return document.getElementById(id)?.textContent ?? '';
}

/** Least and greatest value in a stretch; `undefined` where there is none. */
export function rangeOf(
  { binMs, lows, highs }: Series,
  fromMs: number,
  toMs: number,
): { readonly low: number; readonly high: number } | undefined {
  const first = Math.max(0, Math.floor(fromMs / binMs));
  const last = Math.min(lows.length - 1, Math.max(first, Math.ceil(toMs / binMs) - 1));
  let low = NO_VALUE;
  let high = -1;
  for (let bin = first; bin <= last; bin++) {
    const [least, greatest] = [lows[bin] as number, highs[bin] as number];
    if (least === NO_VALUE) continue;
    if (least < low) low = least;
    if (greatest > high) high = greatest;
  }
  return high < 0 ? undefined : { low: low / 10, high: high / 10 };
}

function unpack({ binMs, lows, highs }: PackedSeries): Series {
  return { binMs, lows: wordsOf(lows), highs: wordsOf(highs) };
}
