import type { ListedStream } from '../capture/listed-stream.js';
import { describePayloadType } from '../capture/payload-types.js';
import type { StreamListing } from '../capture/rtp-streams.js';
import { ssrcText } from '../capture/ssrc-text.js';

const MAX_ROWS = 64;
/** Crystals are within 100 ppm, and the times of reports are read from them a little late. */
const MAX_CLOCK_DEVIATION_RATIO = 0.001;
const COLUMNS = [
  'SSRC',
  'UDP ports',
  'codec',
  'packets',
  'lost',
  'jitter ms',
  'from s',
  'for s',
  'kbit/s',
  'notes',
] as const;

/** The listing for people: a row for each stream, the file above. */
export function streamTable({ file, format, streams }: StreamListing): string {
  const rows = streams.slice(0, MAX_ROWS).map(rowOf);
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const more = streams.length - rows.length;
  return [
    `${file} (${format}): ${streams.length} RTP ${streams.length === 1 ? 'stream' : 'streams'}`,
    line(COLUMNS),
    ...rows.map(line),
    ...(more > 0 ? [`and ${more} more; --json has them all`] : []),
  ].join('\n');
}

function rowOf(stream: ListedStream): string[] {
  const { ssrc, sourcePort, destinationPort, packets, lost, lossRatio, jitterMs } = stream;
  return [
    ssrcText(ssrc),
    sourcePort === undefined ? '-' : `${sourcePort} > ${destinationPort}`,
    stream.payloadTypes.map(codecOf).join(', '),
    `${packets}`,
    `${lost} (${(100 * lossRatio).toFixed(1)} %)`,
    jitterMs === undefined ? '?' : `${jitterMs.mean.toFixed(1)}, max ${jitterMs.max.toFixed(1)}`,
    (stream.startMs / 1000).toFixed(1),
    (stream.durationMs / 1000).toFixed(1),
    (stream.bitrateBps / 1000).toFixed(1),
    notesOf(stream).join(', '),
  ];
}

function codecOf({ payloadType, rtpmap }: ListedStream['payloadTypes'][number]): string {
  if (rtpmap === undefined) return `${payloadType} ?`;
  const encoding = rtpmap.split('/')[0] ?? '';
  const described = describePayloadType(payloadType);
  return described === `${payloadType}` ? `${payloadType} ${encoding}` : described;
}

function notesOf(stream: ListedStream): string[] {
  const { duplicates, reordered, restarts, headersOnly, pauses } = stream;
  return [
    stream.isEncrypted ? 'SRTP' : '',
    headersOnly > 0 ? 'headers only' : '',
    count(stream.telephoneEvents, 'key', 'keys'),
    count(stream.comfortNoisePackets, 'of comfort noise', 'of comfort noise'),
    count(stream.paddingPackets, 'of padding', 'of padding'),
    pauses.count > 0
      ? `${count(pauses.count, 'pause', 'pauses')} of ${(pauses.totalMs / 1000).toFixed(1)} s`
      : '',
    count(duplicates, 'duplicate', 'duplicates'),
    count(reordered, 'late', 'late'),
    count(restarts, 'restart', 'restarts'),
    clockOf(stream),
  ].filter((note) => note !== '');
}

/** The sender's clock by its own reports, where it is not the one it should be. */
function clockOf({ clock, senderReports }: ListedStream): string {
  const { clockRateHz } = senderReports;
  if (clockRateHz === undefined || clock.rateHz === undefined) return '';
  const isOff = Math.abs(clockRateHz / clock.rateHz - 1) > MAX_CLOCK_DEVIATION_RATIO;
  return isOff ? `clock ${clockRateHz.toFixed(0)} Hz by its reports` : '';
}

function count(number: number, one: string, many: string): string {
  return number === 0 ? '' : `${number} ${number === 1 ? one : many}`;
}
