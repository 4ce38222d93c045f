import type { Capture, CaptureFormat } from './capture.js';
import type { CaptureCounts } from './captured-datagram.js';
import { sortIntoStreams } from './found-stream.js';
import { type ListedStream, StreamTally } from './listed-stream.js';
import type { Codecs } from './payload-types.js';
import { type SenderReport, senderReportOf } from './rtcp.js';

/** The RTP streams of a capture: what `earshot streams --json` prints. */
export interface StreamListing {
  readonly file: string;
  readonly format: CaptureFormat;
  readonly counts: CaptureCounts;
  /** Those with the most packets first. */
  readonly streams: readonly ListedStream[];
}

/** A call's reports come every few seconds: more of them are of no use, and a hostile capture has millions. */
const MAX_REPORTS = 65_536;

/**
 * Reads the whole capture once and lists its RTP streams; nothing is decoded.
 *
 * @param codecs - what payload types mean where their packets do not tell
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`
 */
export function listStreams(capture: Capture, codecs: Codecs = {}): StreamListing {
  const reports: SenderReport[] = [];
  using packets = capture.cursor(undefined, (data) => {
    const report = reports.length < MAX_REPORTS ? senderReportOf(data) : undefined;
    if (report !== undefined) reports.push(report);
  });
  const tallies = sortIntoStreams(packets, (first) => new StreamTally(first));
  // An SSRC of several port pairs is one sender: its reports are about each of them.
  const reportsBySsrc = new Map<number, SenderReport[]>();
  for (const report of reports) {
    const ofSsrc = reportsBySsrc.get(report.ssrc);
    if (ofSsrc === undefined) reportsBySsrc.set(report.ssrc, [report]);
    else ofSsrc.push(report);
  }
  for (const tally of tallies) {
    for (const report of reportsBySsrc.get(tally.found.ssrc) ?? []) tally.addReport(report);
  }
  const { skipped, ...counts } = capture.counts;
  return {
    file: capture.name,
    format: capture.format,
    counts: { ...counts, skipped: { ...skipped } },
    streams: tallies
      .map((tally) => tally.list(tally.withFileCodec(codecs, capture.rtpmap)))
      .sort((a, b) => b.packets - a.packets),
  };
}
