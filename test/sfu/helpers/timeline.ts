import type { FrameNote, RoomEvent } from '../../../sfu/room-events.js';

/** A participant's audio as it was told last: a packet that comes too late still replaces what was made up for it. */
export function timelineOf(
  events: readonly RoomEvent[],
  participant: string,
  untilMs: number,
): FrameNote[] {
  const frames = events.flatMap((event) =>
    event.type === 'frames' && event.participant === participant ? event.frames : [],
  );
  const latest = new Map(frames.map((frame) => [frame.startMs, frame]));
  return [...latest.values()]
    .filter(({ startMs }) => startMs < untilMs)
    .sort((a, b) => a.startMs - b.startMs);
}

export function durationMsOf(frames: readonly FrameNote[]): number {
  return frames.reduce((sum, { durationMs }) => sum + durationMs, 0);
}
