import type { Codecs } from '../capture/payload-types.js';
import { parseOpus, type RtpHeader } from '../receiver/rtp-packet.js';
import type { PacketContent, PacketReading } from './arrival-trace.js';

type Reading = Omit<PacketReading, 'arrivalUs' | 'payloadBytes'>;

const TICKS_PER_SECOND = 48_000;
const LBRR = 1;
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
  const readers = new Map(
    Object.entries(codecs).map(([type, rtpmap]) => [Number(type), payloadReader(rtpmap)]),
  );
  return ({ payloadType, payloadOffset, payloadLength }, packet, arrivalUs) => {
    const payload = packet.subarray(payloadOffset, payloadOffset + payloadLength);
    const reading = readers.get(payloadType)?.(payload) ?? OTHER;
    return { arrivalUs, payloadBytes: payloadLength, ...reading };
  };
}

function payloadReader(rtpmap: string): (payload: Uint8Array) => Reading {
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
