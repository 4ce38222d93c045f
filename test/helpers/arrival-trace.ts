import { ArrivalTrace, type TracedPacket } from '../../src/analysis/arrival-trace.js';

const FRAME_TICKS = 960;

/** A packet that was sent; what is left out is 20 ms of audio right behind the one before. */
export interface SentPacket {
  /** When it came, ms after the end of its audio; undefined for lost. */
  readonly delayMs: number | undefined;
  readonly copies?: number;
  readonly content?: TracedPacket['content'];
  /** Pause of the sender before it, ms. */
  readonly pauseMs?: number;
}

/** The trace of packets of 20 ms; the first must arrive. */
export function arrivalTrace(packets: readonly SentPacket[]): ArrivalTrace {
  const trace = new ArrivalTrace();
  let mediaTicks = 0;
  const arrived: {
    header: Parameters<ArrivalTrace['add']>[0];
    reading: Parameters<ArrivalTrace['add']>[1];
  }[] = [];
  packets.forEach(({ delayMs, copies = 0, content = 'audio', pauseMs = 0 }, sequenceNumber) => {
    mediaTicks += pauseMs * 48;
    if (delayMs !== undefined) {
      arrived.push({
        header: {
          payloadType: 111,
          marker: false,
          sequenceNumber: sequenceNumber & 0xffff,
          timestamp: mediaTicks >>> 0,
          ssrc: 1,
          payloadOffset: 12,
          payloadLength: 60,
        },
        reading: {
          arrivalUs: Math.round(((mediaTicks + FRAME_TICKS) / 48 + delayMs) * 1000),
          durationTicks: FRAME_TICKS,
          payloadBytes: 60,
          copies,
          content,
          clockRateHz: 48_000,
        },
      });
    }
    mediaTicks += FRAME_TICKS;
  });
  arrived.sort((a, b) => a.reading.arrivalUs - b.reading.arrivalUs);
  for (const { header, reading } of arrived) trace.add(header, reading);
  return trace;
}
