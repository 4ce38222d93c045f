import type { Codecs } from '../capture/payload-types.js';
import { TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import { parseOpus, type RedBlock, type RtpHeader, splitRed } from '../receiver/rtp-packet.js';
import type { PacketContent, PacketReading } from './arrival-trace.js';

type Reading = Omit<PacketReading, 'arrivalUs' | 'payloadBytes'>;
type PayloadReader = (payload: Uint8Array) => Reading;

const LBRR = 1;
/** Bits of `TracedPacket.copies`. */
const MAX_COPY_DISTANCE = 16;
const OTHER: Reading = {
  clockRateHz: TICKS_PER_SECOND,
  durationTicks: 0,
  copies: 0,
  content: 'other',
};
const SAMPLE_BYTES: Readonly<Record<string, number>> = { pcmu: 1, pcma: 1, l16: 2 };
const WITHOUT_AUDIO: Readonly<Record<string, PacketContent>> = {
  cn: 'comfort-noise',
  'telephone-event': 'telephone-event',
};

/** Reads packets for a trace by what their payload types mean. */
export function packetReader(
  codecs: Codecs,
): (header: RtpHeader, packet: Uint8Array, arrivalUs: number) => PacketReading {
  const readers = new Map<number, PayloadReader>();
  for (const [type, rtpmap] of Object.entries(codecs)) {
    const isRed = rtpmap.toLowerCase().startsWith('red/');
    readers.set(
      Number(type),
      isRed
        ? (payload) => readRed(splitRed(payload, Number(type)), readers)
        : payloadReader(rtpmap),
    );
  }
  return ({ payloadType, payloadOffset, payloadLength }, packet, arrivalUs) => {
    const payload = packet.subarray(payloadOffset, payloadOffset + payloadLength);
    const reading = readers.get(payloadType)?.(payload) ?? OTHER;
    return { arrivalUs, payloadBytes: payloadLength, ...reading };
  };
}

/** A RED packet is its primary block, and holds copies of those packets whose audio its other blocks are. */
function readRed(
  blocks: readonly RedBlock[],
  readers: ReadonlyMap<number, PayloadReader>,
): Reading {
  const primary = blocks.at(-1);
  if (primary === undefined || primary.timestampOffset !== 0) return OTHER;
  const reading = readers.get(primary.payloadType)?.(primary.payload) ?? OTHER;
  if (reading.durationTicks === 0) return reading;
  const packetOffset = (reading.durationTicks * reading.clockRateHz) / TICKS_PER_SECOND;
  let copies = reading.copies;
  for (const { timestampOffset, payloadType, payload } of blocks.slice(0, -1)) {
    const distance = Math.round(timestampOffset / packetOffset);
    if (distance < 1 || distance > MAX_COPY_DISTANCE) continue;
    // What a copy holds copies of lies as far before it.
    const inside = readers.get(payloadType)?.(payload).copies ?? 0;
    copies |= (1 << (distance - 1)) | (inside << distance);
  }
  return { ...reading, copies: copies & ((1 << MAX_COPY_DISTANCE) - 1) };
}

function payloadReader(rtpmap: string): PayloadReader {
  const [encoding = '', clockRate, channels] = rtpmap.toLowerCase().split('/');
  const clockRateHz = Number(clockRate);
  const content = WITHOUT_AUDIO[encoding];
  if (content !== undefined) return () => ({ ...OTHER, clockRateHz, content });
  const sampleBytes = SAMPLE_BYTES[encoding];
  if (sampleBytes !== undefined) {
    const ticksPerByte = TICKS_PER_SECOND / clockRateHz / sampleBytes / Number(channels ?? 1);
    return ({ length }) => ({
      clockRateHz,
      durationTicks: length * ticksPerByte,
      copies: 0,
      content: 'audio',
    });
  }
  return (payload) => {
    const opus = parseOpus(payload);
    if (opus === undefined) return OTHER;
    return {
      clockRateHz,
      durationTicks: opus.durationTicks,
      copies: opus.hasLbrr ? LBRR : 0,
      content: opus.isDtx ? 'dtx' : 'audio',
    };
  };
}
