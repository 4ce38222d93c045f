import type { RoomEvent } from 'earshot/sfu';
import { FrameHistory } from './frame-history.js';
import { MediaClock } from './media-clock.js';

type StatsEvent = Extract<RoomEvent, { type: 'stats' }>;

/** What the page knows of one participant of the room. */
export class Participant {
  readonly id: string;
  readonly label: string;
  readonly history: FrameHistory = new FrameHistory();
  readonly clock: MediaClock = new MediaClock();
  recognizer: string | undefined;
  failure: string | undefined;
  speaking = false;
  present = true;
  stats: StatsEvent | undefined;

  constructor(id: string, label: string) {
    this.id = id;
    this.label = label;
  }
}

const KEEP = 32;

/** The participants of the room, in the order in which they came; the one shown is chosen here. */
export class Participants {
  readonly #all = new Map<string, Participant>();
  #count = 0;
  #shownId: string | undefined;
  /** Whoever was chosen, or was shown when the connection broke: shown again when the server says it is there. */
  #wantedId: string | undefined;

  get present(): readonly Participant[] {
    return [...this.#all.values()].filter((one) => one.present);
  }

  get shown(): Participant | undefined {
    return this.#shownId === undefined ? undefined : this.#all.get(this.#shownId);
  }

  /** The participant of that name; one that was not announced counts as joined just now. */
  get(id: string): Participant {
    const known = this.#all.get(id);
    if (known !== undefined) return known;
    this.#count += 1;
    const joined = new Participant(id, `Speaker ${this.#count}`);
    this.#all.set(id, joined);
    for (const [oldId, old] of this.#all) {
      if (this.#all.size <= KEEP) break;
      if (!old.present && oldId !== this.#shownId) this.#all.delete(oldId);
    }
    if (this.shown?.present !== true) this.#shownId = id;
    return joined;
  }

  /** The server says that it is there. */
  join(id: string): Participant {
    const one = this.get(id);
    if (this.shown?.present !== true || id === this.#wantedId) this.#shownId = id;
    one.present = true;
    return one;
  }

  show(id: string): void {
    if (!this.#all.has(id)) return;
    this.#shownId = id;
    this.#wantedId = id;
  }

  /** Who is there is not known any more, until the server says so. */
  forgetPresence(): void {
    this.#wantedId = this.#shownId;
    for (const one of this.#all.values()) {
      one.present = false;
      one.speaking = false;
    }
  }

  leave(id: string): void {
    const one = this.#all.get(id);
    if (one === undefined) return;
    one.present = false;
    one.speaking = false;
    // The last picture stays on the page until somebody else can be shown.
    if (this.#shownId === id) this.#shownId = this.present[0]?.id ?? id;
  }

  clear(): void {
    this.#all.clear();
    this.#count = 0;
    this.#shownId = undefined;
    this.#wantedId = undefined;
  }
}
