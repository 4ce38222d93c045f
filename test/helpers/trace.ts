import { buildRtp, OpusEncoder } from '../../src/index.js';
import { fixtureCall } from './call.js';

export type FrameMs = 10 | 20 | 40 | 60;

/** What happens to one packet of a generated call. */
export interface TracePacket {
  /** `silence`: the codec's announcement of it, a byte or two (DTX). */
  readonly says: 'voice' | 'silence';
  readonly frameMs: FrameMs;
  /** Silence before it that is not sent: the timestamp skips it, the sequence number does not. */
  readonly pauseMs: number;
  /** By how much its own timestamp is wrong, 48 kHz ticks. */
  readonly nudgeTicks: number;
  readonly fate: 'arrives' | 'is lost' | 'arrives twice';
  readonly delayMs: number;
  /** Of the second copy, after the first. */
  readonly copyDelayMs: number;
  /** Whether the sender starts anew with it: another SSRC, sequence and timestamp. */
  readonly restarts: boolean;
}

/** A call as it was sent and what the network did to it. */
export interface Trace {
  readonly startUs: number;
  readonly firstSequenceNumber: number;
  readonly firstTimestamp: number;
  readonly fec: 'on' | 'off';
  readonly packets: readonly TracePacket[];
}

/** A packet as it arrives. */
export interface TraceArrival {
  readonly arrivalUs: number;
  readonly data: Uint8Array;
  readonly payload: Uint8Array;
  /** Its place in the trace; the sender's numbers count up with it. */
  readonly place: number;
  /** Restarts of the sender before it. */
  readonly epoch: number;
  readonly isCopy: boolean;
}

const PAYLOADS = 150;
const payloads = new Map<string, readonly Uint8Array[]>();

/** Packets of the fixture call in which somebody speaks, encoded once. */
function voicePayloads(frameMs: FrameMs, fec: 'on' | 'off'): readonly Uint8Array[] {
  const key = `${frameMs} ${fec}`;
  const known = payloads.get(key);
  if (known !== undefined) return known;
  const encoder = new OpusEncoder({ sampleRateHz: 16_000, bitrateBps: 24_000, frameMs, fec });
  const { frameSamples } = encoder;
  const speech = fixtureCall().pcm.subarray(16_000);
  const made = Array.from({ length: PAYLOADS }, (_, i) =>
    encoder.encode(speech.subarray(i * frameSamples, (i + 1) * frameSamples)),
  );
  encoder.close();
  payloads.set(key, made);
  return made;
}

/** The table of contents of a SILK frame of this length, wideband, mono, and no frame (RFC 6716 3.1). */
function silencePayload(frameMs: FrameMs): Uint8Array {
  const config = { 10: 8, 20: 9, 40: 10, 60: 11 }[frameMs];
  return Uint8Array.of(config << 3);
}

/** Everything that arrives, in order of arrival; equal times in order of sending. */
export function arrivalsOf(trace: Trace): TraceArrival[] {
  const arrivals: TraceArrival[] = [];
  let sentUs = trace.startUs;
  let ticks = 0;
  let ssrc = 1;
  let sequenceBase = trace.firstSequenceNumber;
  let timestampBase = trace.firstTimestamp;
  for (const [place, packet] of trace.packets.entries()) {
    if (packet.restarts) {
      ssrc++;
      sequenceBase += 20_000;
      timestampBase += 0x5000_0000;
    }
    ticks += packet.pauseMs * 48;
    sentUs += (packet.pauseMs + packet.frameMs) * 1000;
    const payload =
      packet.says === 'silence'
        ? silencePayload(packet.frameMs)
        : (voicePayloads(packet.frameMs, trace.fec)[place % PAYLOADS] ?? new Uint8Array());
    const header = {
      payloadType: 111,
      sequenceNumber: (sequenceBase + place) & 0xffff,
      timestamp: (timestampBase + ticks + packet.nudgeTicks) >>> 0,
      ssrc,
    };
    ticks += packet.frameMs * 48;
    if (packet.fate === 'is lost') continue;
    const arrival = {
      arrivalUs: sentUs + packet.delayMs * 1000,
      data: buildRtp(header, payload),
      payload,
      place,
      epoch: ssrc - 1,
      isCopy: false,
    };
    arrivals.push(arrival);
    if (packet.fate === 'arrives twice') {
      const arrivalUs = arrival.arrivalUs + packet.copyDelayMs * 1000;
      arrivals.push({ ...arrival, arrivalUs, isCopy: true });
    }
  }
  return arrivals.sort((a, b) => a.arrivalUs - b.arrivalUs);
}

/** A trace as a table to read, when a rule does not hold for it. */
export function traceTable(trace: Trace): string {
  const { packets, ...call } = trace;
  const rows = packets.map((packet, place) =>
    [
      String(place),
      packet.says,
      `${packet.frameMs}`,
      `${packet.pauseMs}`,
      `${packet.nudgeTicks}`,
      `${packet.delayMs}`,
      packet.fate === 'arrives twice' ? `arrives twice, +${packet.copyDelayMs}` : packet.fate,
      packet.restarts ? 'restart' : '',
    ].map((cell, column) => cell.padStart(column === 6 ? 0 : (WIDTHS[column] ?? 0))),
  );
  const head = HEADS.map((name, column) => name.padStart(column === 6 ? 0 : (WIDTHS[column] ?? 0)));
  return [JSON.stringify(call), ...[head, ...rows].map((cells) => cells.join('  '))].join('\n');
}

const HEADS = ['#', 'says', 'ms', 'pause ms', 'nudge', 'delay ms', 'fate', ''];
const WIDTHS = [3, 7, 3, 8, 5, 8];
