import type { FrameNote, RoomEvent } from '../room-events.js';

type StatsEvent = Extract<RoomEvent, { type: 'stats' }>;
type Provenance = FrameNote['provenance'];

/** What a watcher of the room learnt about one call. */
export class CallRecord {
  readonly #frames = new Map<number, FrameNote>();
  readonly #finals = new Map<number, string>();
  stats: StatsEvent | undefined;
  failure: string | undefined;
  droppedEvents = 0;

  take(event: RoomEvent): void {
    switch (event.type) {
      case 'frames':
        // A repair comes with the start of the frame it replaces.
        for (const frame of event.frames) this.#frames.set(frame.startMs, frame);
        break;
      case 'transcript':
        if (event.final) this.#finals.set(event.utterance, event.text);
        break;
      case 'stats':
        this.stats = event;
        break;
      case 'recognizer-failed':
        this.failure = event.message;
        break;
      case 'dropped':
        this.droppedEvents += event.events;
        break;
      default:
        break;
    }
  }

  /** Everything recognized, in the order of the utterances. */
  get text(): string {
    return [...this.#finals]
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join(' ');
  }

  /** Share of the audio by where it came from, largest first. */
  get shares(): readonly (readonly [Provenance, number])[] {
    const byProvenanceMs = new Map<Provenance, number>();
    let totalMs = 0;
    for (const { provenance, durationMs } of this.#frames.values()) {
      byProvenanceMs.set(provenance, (byProvenanceMs.get(provenance) ?? 0) + durationMs);
      totalMs += durationMs;
    }
    return [...byProvenanceMs]
      .map(([provenance, ms]) => [provenance, ms / totalMs] as const)
      .sort(([, a], [, b]) => b - a);
  }
}
