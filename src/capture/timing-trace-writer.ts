import { parseRtp, type RtpHeader } from '../receiver/rtp-packet.js';

/** What a timing trace says of a packet, by the names of its columns. */
interface TimingRow {
  readonly seq: number;
  readonly rtp_ts: number;
  readonly arrival_us: number;
  readonly payload_len: number;
  readonly marker: number;
  readonly pt: number;
}

type ArrivedPacket = { readonly atUs: number; readonly data: Uint8Array };

/**
 * A timing trace of RTP packets as comma separated values, piece by piece: when each came and what its header says, and
 * nothing of what was said. What is no RTP is left out.
 */
export function* csvTraceParts(packets: Iterable<ArrivedPacket>): Generator<string> {
  yield 'seq,rtp_ts,arrival_us,payload_len,marker,pt\n';
  for (const row of rowsOf(packets)) yield `${Object.values(row).join(',')}\n`;
}

/** The same as a JSON object a line. */
export function* ndjsonTraceParts(packets: Iterable<ArrivedPacket>): Generator<string> {
  for (const row of rowsOf(packets)) yield `${JSON.stringify(row)}\n`;
}

function* rowsOf(packets: Iterable<ArrivedPacket>): Generator<TimingRow> {
  for (const { atUs, data } of packets) {
    const header = parseRtp(data);
    if (header !== undefined) yield rowOf(header, atUs);
  }
}

function rowOf(header: RtpHeader, atUs: number): TimingRow {
  const { sequenceNumber, timestamp, payloadLength, marker, payloadType } = header;
  return {
    seq: sequenceNumber,
    rtp_ts: timestamp,
    arrival_us: atUs,
    payload_len: payloadLength,
    marker: Number(marker),
    pt: payloadType,
  };
}
