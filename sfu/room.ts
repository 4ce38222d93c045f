import type { Participant } from './participant.js';
import type { RoomEvent } from './room-events.js';
import type { Watcher } from './watcher.js';

/** Those who speak in one room and those who watch it. */
export class Room {
  readonly name: string;
  readonly participants: Map<string, Participant> = new Map();
  readonly #watchers = new Set<Watcher>();

  constructor(name: string) {
    this.name = name;
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  get isEmpty(): boolean {
    return this.participants.size === 0 && this.#watchers.size === 0;
  }

  publish(event: RoomEvent): void {
    for (const watcher of this.#watchers) watcher.offer(event);
  }

  /** A watcher hears at once who is there already. */
  addWatcher(watcher: Watcher): void {
    for (const participant of this.participants.values()) {
      if (participant.hasJoined) watcher.offer(participant.joinedEvent());
    }
    this.#watchers.add(watcher);
  }

  removeWatcher(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  closeWatchers(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers.clear();
  }
}
