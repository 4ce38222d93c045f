import { OpusDecoder, parseRtp } from '../../src/index.js';
import { chooseStream, openCapture, readWav } from '../../src/replay/index.js';
import { type TimedPacket, talk } from '../../src/simulate/index.js';

/** Opus RTP as a sender sent it, before any network, and what it decodes to when nothing is lost. */
export interface Trace {
  readonly name: string;
  /** In order of sending; µs from the capture of the first sample. */
  readonly sent: readonly TimedPacket[];
  /** What arrived and when, for a trace that went through a network of its own. */
  readonly arrived: readonly TimedPacket[] | undefined;
  /** All packets decoded in order by the bare codec, 48 kHz; what the trace lacks is zero. */
  readonly clean: Int16Array;
  readonly durationMs: number;
  /** Packets that a capture lacks, by the gaps in its sequence numbers. */
  readonly missingPackets: number;
}

export const TRACE_RATE_HZ = 48_000;
const BITRATE_BPS = 24_000;
const EXPECTED_LOSS_PERCENT = 20;
const PAYLOAD_TYPE = 111;
const LONGEST_PACKET_TICKS = 120 * 48;
/** Memory of a trace is bounded: a stream with a damaged timestamp is no benchmark. */
const LONGEST_TRACE_TICKS = 3600 * TRACE_RATE_HZ;

/** Speaks a mono WAV file as Opus 24 kb/s with in-band FEC for an expected loss of 20 %. */
export function traceOfWav(path: string): Trace {
  const { sampleRateHz, pcm } = readWav(path);
  const sent = talk(pcm, {
    sampleRateHz: checkedRate(path, sampleRateHz),
    bitrateBps: BITRATE_BPS,
    fec: 'on',
    expectedLossPercent: EXPECTED_LOSS_PERCENT,
    payloadType: PAYLOAD_TYPE,
    ssrc: 1,
  });
  return { name: path, sent, arrived: undefined, missingPackets: 0, ...decode(sent) };
}

/**
 * Takes the Opus packets of a capture: sending times from their timestamps, arrivals from the capture.
 *
 * Second copies are left out: no peer would see them, SRTP takes a number once (RFC 3711 3.3.2).
 */
export function traceOfCapture(path: string): Trace {
  const capture = openCapture(path);
  const stream = chooseStream(capture);
  const packets: {
    readonly number: number;
    readonly ticks: number;
    readonly arrivedUs: number;
    readonly data: Uint8Array;
  }[] = [];
  const seen = new Set<number>();
  let lastTicks: number | undefined;
  let last = { timestamp: 0, sequenceNumber: 0 };
  let number = 0;
  for (const { header, data, atUs } of capture.packets(stream)) {
    if (header.payloadType !== stream.payloadType) continue;
    const { timestamp, sequenceNumber } = header;
    lastTicks = lastTicks === undefined ? 0 : lastTicks + ((timestamp - last.timestamp) | 0);
    // Both wrap, the number after 16 bits; a packet that was overtaken goes back.
    number += ((sequenceNumber - last.sequenceNumber) << 16) >> 16;
    last = header;
    if (seen.has(lastTicks)) continue;
    seen.add(lastTicks);
    packets.push({ number, ticks: lastTicks, arrivedUs: atUs, data });
  }
  const firstTicks = packets.reduce((least, { ticks }) => Math.min(least, ticks), 0);
  const sentUs = (ticks: number): number => Math.round(((ticks - firstTicks) * 1000) / 48);
  const sent = packets
    .map(({ ticks, data }) => ({ atUs: sentUs(ticks), data }))
    .sort((a, b) => a.atUs - b.atUs);
  // Only the differences of the capture's times mean anything: its fastest packet sets their zero.
  const leastUs = packets.reduce(
    (least, { ticks, arrivedUs }) => Math.min(least, arrivedUs - sentUs(ticks)),
    Number.POSITIVE_INFINITY,
  );
  const arrived = packets.map(({ arrivedUs, data }) => ({ atUs: arrivedUs - leastUs, data }));
  const numbers = packets.map((packet) => packet.number).sort((a, b) => a - b);
  const span = (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1;
  const missingPackets = span - new Set(numbers).size;
  return { name: path, sent, arrived, missingPackets, ...decode(sent) };
}

/** The first part of a trace. */
export function shorten(trace: Trace, durationMs: number): Trace {
  const isKept = ({ atUs }: TimedPacket): boolean => atUs <= durationMs * 1000;
  return {
    ...trace,
    sent: trace.sent.filter(isKept),
    arrived: trace.arrived?.filter(isKept),
    clean: trace.clean.subarray(0, (durationMs * TRACE_RATE_HZ) / 1000),
    durationMs: Math.min(durationMs, trace.durationMs),
  };
}

function decode(sent: readonly TimedPacket[]): Pick<Trace, 'clean' | 'durationMs'> {
  const decoder = new OpusDecoder({ sampleRateHz: TRACE_RATE_HZ });
  const first = parseRtp(sent[0]?.data ?? new Uint8Array())?.timestamp ?? 0;
  const pieces: { readonly at: number; readonly pcm: Int16Array }[] = [];
  let endTicks = 0;
  for (const { data } of sent) {
    const header = parseRtp(data);
    if (header === undefined) continue;
    const { payloadOffset, payloadLength, timestamp } = header;
    const at = (timestamp - first) >>> 0;
    if (at > LONGEST_TRACE_TICKS) throw new Error('The trace is longer than an hour');
    const pcm = decoder.decode(data.subarray(payloadOffset, payloadOffset + payloadLength));
    if (pcm.length > LONGEST_PACKET_TICKS) throw new Error('A packet of over 120 ms');
    pieces.push({ at, pcm });
    endTicks = Math.max(endTicks, at + pcm.length);
  }
  decoder.close();
  const clean = new Int16Array(endTicks);
  for (const { at, pcm } of pieces) clean.set(pcm, at);
  return { clean, durationMs: (endTicks * 1000) / TRACE_RATE_HZ };
}

function checkedRate(path: string, rateHz: number): 8000 | 12000 | 16000 | 24000 | 48000 {
  for (const known of [8000, 12000, 16000, 24000, 48000] as const) {
    if (rateHz === known) return known;
  }
  throw new Error(`${path}: Opus takes 8, 12, 16, 24 or 48 kHz, not ${rateHz} Hz`);
}
