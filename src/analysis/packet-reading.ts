import type { CapturedPacket } from '../capture/captured-packet.js';
import type { Codecs } from '../capture/payload-types.js';
import { TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import {
  isPaddingAlone,
  parseOpus,
  payloadOf,
  type RedBlock,
  type RtpPacketInfo,
  splitRed,
} from '../receiver/rtp-packet.js';
import type { PacketContent, PacketReading } from './arrival-trace.js';

type Reading = Omit<PacketReading, 'arrivalUs' | 'payloadBytes'>;
/** A packet, and when it arrived. */
type ReadPacket = Pick<CapturedPacket, 'header' | 'data' | 'atUs'>;
/** What of a payload is read. */
type Payload = Pick<RtpPacketInfo, 'payloadLength' | 'opus'>;
type PayloadReader = (payload: Payload) => Reading;
/** By payload type. */
type PayloadReaders = (PayloadReader | 'red' | undefined)[];

const PAYLOAD_TYPES = 128;
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
export function packetReader(codecs: Codecs): (packet: ReadPacket) => PacketReading {
  const readers: PayloadReaders = new Array(PAYLOAD_TYPES);
  for (const [type, rtpmap] of Object.entries(codecs)) {
    const isRed = rtpmap.toLowerCase().startsWith('red/');
    readers[Number(type)] = isRed ? 'red' : payloadReader(rtpmap);
  }
  return (packet) => {
    const { header, atUs } = packet;
    const { payloadType, payloadLength } = header;
    const reader = readers[payloadType];
    const { clockRateHz, durationTicks, copies, content } =
      reader === 'red'
        ? readRed(splitRed(payloadOf(packet), payloadType), readers)
        : (reader?.(header) ?? OTHER);
    return {
      arrivalUs: atUs,
      payloadBytes: payloadLength,
      clockRateHz,
      durationTicks,
      copies,
      content: isPaddingAlone(packet) ? 'padding' : content,
    };
  };
}

/** A RED packet is its primary block, and holds copies of those packets whose audio its other blocks are. */
function readRed(blocks: readonly RedBlock[], readers: PayloadReaders): Reading {
  const read = ({ payloadType, payload }: RedBlock): Reading => {
    const reader = readers[payloadType];
    if (reader === undefined || reader === 'red') return OTHER;
    return reader({ payloadLength: payload.length, opus: parseOpus(payload) });
  };
  const primary = blocks.at(-1);
  if (primary === undefined || primary.timestampOffset !== 0) return OTHER;
  const reading = read(primary);
  if (reading.durationTicks === 0) return reading;
  const packetOffset = (reading.durationTicks * reading.clockRateHz) / TICKS_PER_SECOND;
  let copies = reading.copies;
  for (const block of blocks.slice(0, -1)) {
    const distance = Math.round(block.timestampOffset / packetOffset);
    if (distance < 1 || distance > MAX_COPY_DISTANCE) continue;
    // What a copy holds copies of lies as far before it.
    copies |= (1 << (distance - 1)) | (read(block).copies << distance);
  }
  return { ...reading, copies: copies & ((1 << MAX_COPY_DISTANCE) - 1) };
}

function payloadReader(rtpmap: string): PayloadReader {
  const [encoding = '', clockRate, channels] = rtpmap.toLowerCase().split('/');
  const clockRateHz = Number(clockRate);
  const content = WITHOUT_AUDIO[encoding];
  if (content !== undefined) {
    const reading: Reading = { ...OTHER, clockRateHz, content };
    return () => reading;
  }
  const sampleBytes = SAMPLE_BYTES[encoding];
  if (sampleBytes !== undefined) {
    const ticksPerByte = TICKS_PER_SECOND / clockRateHz / sampleBytes / Number(channels ?? 1);
    return ({ payloadLength }) => ({
      clockRateHz,
      durationTicks: payloadLength * ticksPerByte,
      copies: 0,
      content: 'audio',
    });
  }
  return ({ opus }) => {
    if (opus === undefined) return OTHER;
    return {
      clockRateHz,
      durationTicks: opus.durationTicks,
      copies: opus.hasLbrr ? LBRR : 0,
      content: opus.isDtx ? 'dtx' : 'audio',
    };
  };
}
