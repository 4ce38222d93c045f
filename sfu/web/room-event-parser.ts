import type { FrameNote, RoomEvent, StagePercentiles, TranscriptWord } from 'earshot/sfu';
import { isProvenance } from './provenance.js';

type Fields = Readonly<Record<string, unknown>>;

/** The room event in `text`, or `undefined` when it is not one this page knows: a newer server may send more. */
export function parseRoomEvent(text: string): RoomEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(value)) return undefined;
  if (value.type === 'dropped') {
    return { type: 'dropped', events: finite(value.events) };
  }
  const participant = value.participant;
  if (typeof participant !== 'string') return undefined;
  switch (value.type) {
    case 'participant-joined':
      return { type: value.type, participant, recognizer: string(value.recognizer) };
    case 'participant-left':
      return { type: value.type, participant };
    case 'frames':
      return { type: value.type, participant, frames: list(value.frames).flatMap(frameNote) };
    case 'speech': {
      const state = value.state === 'start' ? 'start' : 'end';
      return { type: value.type, participant, state, atMs: finite(value.atMs) };
    }
    case 'transcript':
      return {
        type: value.type,
        participant,
        final: value.final === true,
        utterance: finite(value.utterance),
        text: string(value.text),
        startMs: finite(value.startMs),
        endMs: finite(value.endMs),
        words: list(value.words).flatMap(transcriptWord),
      };
    case 'stats':
      return statsEvent(participant, value);
    case 'recognizer-failed':
      return { type: value.type, participant, message: string(value.message) };
    default:
      return undefined;
  }
}

function statsEvent(participant: string, value: Fields): RoomEvent {
  const packets = isFields(value.packets) ? value.packets : {};
  const ledger: Record<string, StagePercentiles> = {};
  for (const [stage, times] of Object.entries(isFields(value.ledger) ? value.ledger : {})) {
    if (!isFields(times)) continue;
    ledger[stage] = { p50: finite(times.p50), p95: finite(times.p95), p99: finite(times.p99) };
  }
  return {
    type: 'stats',
    participant,
    packets: {
      received: finite(packets.received),
      lost: finite(packets.lost),
      late: finite(packets.late),
      duplicate: finite(packets.duplicate),
    },
    concealedRatio: finite(value.concealedRatio),
    ledger,
    budgetMs: finite(value.budgetMs) || 150,
    ...(typeof value.deadlineMs === 'number' ? { deadlineMs: finite(value.deadlineMs) } : {}),
    ...(typeof value.measuredUplinkRatio === 'number'
      ? { measuredUplinkRatio: value.measuredUplinkRatio }
      : {}),
  };
}

function frameNote(value: unknown): FrameNote[] {
  if (!isFields(value) || !isProvenance(value.provenance)) return [];
  const { startMs, durationMs, provenance, latencyMs, levelDb } = value;
  if (typeof startMs !== 'number' || typeof durationMs !== 'number') return [];
  const level = typeof levelDb === 'number' ? levelDb : -127;
  return [{ startMs, durationMs, provenance, latencyMs: finite(latencyMs), levelDb: level }];
}

function transcriptWord(value: unknown): TranscriptWord[] {
  if (!isFields(value) || typeof value.text !== 'string') return [];
  const { text, startMs, endMs, heardRatio } = value;
  const heard = typeof heardRatio === 'number' ? heardRatio : 1;
  return [{ text, startMs: finite(startMs), endMs: finite(endMs), heardRatio: heard }];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function finite(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
