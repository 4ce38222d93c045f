import type { FrameNote, RoomEvent } from '../../sfu/room-events.js';

type Provenance = FrameNote['provenance'];

/** Frames `from..to` (20 ms each) of a call with losses in bursts, recovered where in-band FEC reaches. */
export function scriptedFrames(from: number, to: number): FrameNote[] {
  return Array.from({ length: to - from }, (_, index) => scriptedFrame(from + index));
}

function scriptedFrame(index: number): FrameNote {
  const second = index / 50;
  const speaking = second % 4 < 2.9;
  const inBurst = index % 137;
  const provenance: Provenance =
    inBurst >= 60 && inBurst < 62
      ? 'plc'
      : inBurst === 62 || index % 61 === 7
        ? 'fec'
        : !speaking && second % 4 > 3.3
          ? 'dtx'
          : 'received';
  const jitterMs = 3 + 7 * Math.abs(Math.sin(index * 1.7)) * Math.abs(Math.sin(index / 40));
  const waitMs = provenance === 'plc' ? 50 - (inBurst - 60) * 18 : 0;
  const syllable = Math.abs(Math.sin(index / 5.3)) * Math.abs(Math.sin(index / 17));
  return {
    startMs: index * 20,
    durationMs: 20,
    provenance,
    latencyMs: provenance === 'fec' ? 31 : waitMs || jitterMs,
    levelDb: speaking ? -34 + 24 * syllable : -58,
  };
}

/** Statistics of a call that keeps the budget. */
export function scriptedStats(participant: string): RoomEvent {
  return {
    type: 'stats',
    participant,
    packets: { received: 1184, lost: 17, late: 3, duplicate: 2 },
    concealedRatio: 0.014,
    ledger: {
      capture: { p50: 26.5, p95: 26.5, p99: 26.5 },
      uplink: { p50: 18.2, p95: 34.9, p99: 41.3 },
      engine: { p50: 0.4, p95: 31.6, p99: 50.0 },
      decode: { p50: 0.1, p95: 0.2, p99: 0.4 },
      chunk: { p50: 10.2, p95: 20, p99: 20 },
      total: { p50: 57.3, p95: 101.2, p99: 131.7 },
    },
    budgetMs: 150,
    deadlineMs: 50,
    measuredUplinkRatio: 0.6,
  };
}

/** A sentence with its words timed evenly; `heard` gives the share of each word's audio that was real. */
export function scriptedTranscript(
  participant: string,
  utterance: number,
  text: string,
  final: boolean,
  heard: (index: number) => number = () => 1,
): RoomEvent {
  const words = text.split(' ').map((word, index) => ({
    text: word,
    startMs: index * 300,
    endMs: index * 300 + 280,
    heardRatio: heard(index),
  }));
  const endMs = words.length * 300;
  return { type: 'transcript', participant, final, utterance, text, startMs: 0, endMs, words };
}
