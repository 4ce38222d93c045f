import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CELL_MS } from '../analysis/cell-track.js';
import type { NetworkAnalysis } from '../analysis/network-analysis.js';
import { worstMoments } from '../analysis/worst-moments.js';
import { EarshotError } from '../errors.js';
import { packageFolder } from '../package-folder.js';
import { PROVENANCES } from '../receiver/audio-frame.js';
import type { FrameTally } from '../replay/frame-tally.js';
import type { ReplayReport } from '../replay/report.js';
import type { SeriesBins } from './binned-series.js';
import { SPOOL_FRAME_MS, WHOLE_MS } from './call-audio.js';
import { FATES, type RecordedCall } from './call-recording.js';
import { type CellRange, gatherTracks } from './gathered-runs.js';
import type { SpooledAudio } from './packet-list.js';
import type { Packed, PackedAudio, PackedSeries, PageData, SeriesName } from './page-data.js';
import { replayCommandOf } from './replay-command.js';

/** All that a page is made of. */
export interface PageParts {
  readonly report: ReplayReport;
  readonly analysis: NetworkAnalysis;
  readonly tally: FrameTally;
  readonly recorded: RecordedCall;
  readonly tradeOffs: PageData['tradeOffs'];
}

const MOST_MOMENTS = 8;
const MOST_SPIKES = 8;
/** Of all tracks of a call longer than `WHOLE_MS`: 3.2 MB of the page. */
const MOST_RUNS = 600_000;
/** A multiple of three: base64 can be put together from such pieces. */
const PIECE_BYTES = 3 << 18;

/**
 * The report as one HTML page that needs nothing else and reaches for nothing else, in pieces.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` when the build has not made the page's script
 */
export function* htmlReport(parts: PageParts): Generator<string> {
  const { report, recorded } = parts;
  const [script, style] = [pageFile('page.js'), pageFile('page.css')];
  // Nothing but this script and this style runs, whatever a capture's name or a stream's bytes may say.
  const policy = [
    "default-src 'none'",
    `script-src '${sourceHash(script)}'`,
    `style-src '${sourceHash(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const title = escapeHtml(`${basename(report.capture.file)} · Earshot`);
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="earshot ${escapeHtml(report.versions.earshot)}">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<noscript>This report draws itself by its script; scripts are switched off here.</noscript>
<div id="report"></div>
<script type="application/json" id="data">`;
  yield inertJson(dataOf(parts));
  for (const name of ['first', 'repaired'] as const) {
    yield `</script>\n<script type="application/octet-stream" id="audio-${name}">`;
    const { bytes } = recorded.audio[name];
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      yield packed(bytes.subarray(at, at + PIECE_BYTES));
    }
  }
  yield `</script>\n<script>${script}</script>\n</body>\n</html>\n`;
}

function dataOf({ report, analysis, tally, recorded, tradeOffs }: PageParts): PageData {
  const { audio, level, fates, series } = recorded;
  const counts = [...analysis.delays.countsByMs];
  const shown = withoutFolders(report);
  const isListener = report.config.mode === 'playout';
  const durationMs = Math.max(tally.first.length, tally.final.length, fates.length) * CELL_MS;
  const runs = {
    first: tally.first.packed(),
    final: tally.final.packed(),
    fates: fates.packed(),
  };
  const detail = durationMs <= WHOLE_MS ? 'full' : 'bounded';
  const mostRuns = detail === 'full' ? Number.POSITIVE_INFINITY : MOST_RUNS;
  const { tracks, binCells } = gatherTracks(runs, heardCells(audio.first), mostRuns);
  return {
    report: shown,
    command: replayCommandOf(shown),
    timeLine: isListener ? 'listener' : 'sender',
    durationMs,
    detail,
    tracks: {
      first: packed(tracks.first),
      final: packed(tracks.final),
      fates: packed(tracks.fates),
    },
    gatheredMs: binCells * CELL_MS,
    provenances: PROVENANCES,
    fates: FATES,
    series: Object.fromEntries(
      [...series].map(([name, bins]) => [name, packedSeries(bins)]),
    ) as Record<SeriesName, PackedSeries>,
    level: {
      binMs: level.binMs,
      peaks: packed(Uint8Array.from(level.highs, peakByte)),
    },
    delayCounts: counts.slice(0, counts.findLastIndex((count) => count > 0) + 1),
    spikes: [...analysis.spikes].sort((a, b) => b.highestMs - a.highestMs).slice(0, MOST_SPIKES),
    moments: worstMoments(tally.first, MOST_MOMENTS),
    tradeOffs,
    audio: {
      bitrateBps: audio.bitrateBps,
      frameMs: SPOOL_FRAME_MS,
      leftOutMs: audio.leftOutFrames * SPOOL_FRAME_MS,
      first: packedAudio(audio.first),
      repaired: packedAudio(audio.repaired),
    },
  };
}

/** A page is shown around: whose computer it was made on is nobody's business. */
function withoutFolders(report: ReplayReport): ReplayReport {
  const { capture, config, speech } = report;
  const { libopus } = config;
  return {
    ...report,
    capture: { ...capture, file: basename(capture.file) },
    config: { ...config, libopus: libopus === undefined ? undefined : basename(libopus) },
    ...(speech === undefined ? {} : { speech: { ...speech, speech: basename(speech.speech) } }),
  };
}

function packedSeries({ binMs, lows, highs }: SeriesBins): PackedSeries {
  return { binMs, lows: packed(lows), highs: packed(highs) };
}

function packedAudio({ segments, lengths }: SpooledAudio): PackedAudio {
  return { segments, lengths: packed(lengths) };
}

/** Where there is sound: there the page must know to the cell what it is made of. */
function heardCells({ segments }: SpooledAudio): CellRange[] {
  const cells = SPOOL_FRAME_MS / CELL_MS;
  return segments.map(({ place, packets }) => ({
    from: place * cells,
    to: (place + packets) * cells,
  }));
}

/** Of tenths; an empty bin is silent. */
function peakByte(tenths: number): number {
  return tenths > 2560 ? 0 : Math.min(255, Math.round(tenths / 10));
}

function packed(array: Uint8Array | Uint16Array | Uint32Array): Packed {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}

/** JSON inside a script element: nothing in it can end the element or open a comment. */
function inertJson(data: PageData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function sourceHash(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}

function pageFile(name: string): string {
  const path = join(packageFolder(), 'dist/src/report', name);
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new EarshotError('EARSHOT_BAD_OPTION', `${path} is missing; npm run build makes it`, {
      cause,
    });
  }
}
