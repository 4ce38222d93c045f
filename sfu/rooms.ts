import type { Limits } from './limits.js';
import type { Metrics } from './metrics.js';
import type { Participant } from './participant.js';
import { HttpProblem, unavailable } from './problem.js';
import { Room } from './room.js';
import { type EventSink, Watcher } from './watcher.js';

/** How long a closing server waits for watchers to take their last events. */
const LAST_EVENTS_MS = 1000;
const ROOM_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws {HttpProblem} 404 unless `name` is 1..64 letters, digits, `-` and `_` */
export function checkRoomName(name: string): void {
  if (ROOM_NAME.test(name)) return;
  throw new HttpProblem(404, 'A room is named by 1..64 letters, digits, - and _');
}

/** All rooms of a server, each there for as long as somebody speaks in it or watches it. */
export class Rooms {
  readonly #limits: Limits;
  readonly #metrics: Metrics;
  readonly #rooms = new Map<string, Room>();
  #participants = 0;
  #watchers = 0;
  #state: 'open' | 'draining' = 'open';
  #lastWatcherLeft: (() => void) | undefined;

  constructor(limits: Limits, metrics: Metrics) {
    this.#limits = limits;
    this.#metrics = metrics;
  }

  get isDraining(): boolean {
    return this.#state === 'draining';
  }

  /**
   * Gives a participant its place in a room.
   *
   * @throws {HttpProblem} 503 when the server is full or draining
   */
  join(name: string, create: (room: Room) => Participant): Participant {
    this.checkParticipantFits(name);
    const room = this.#open(name);
    const participant = create(room);
    room.participants.set(participant.id, participant);
    this.#participants += 1;
    this.#count();
    return participant;
  }

  leave(room: Room, participant: Participant): void {
    if (!room.participants.delete(participant.id)) return;
    this.#participants -= 1;
    this.#closeIfEmpty(room);
  }

  /** @throws {HttpProblem} 503 when the server is full or draining */
  watch(name: string, sink: EventSink): Watcher {
    this.checkWatcherFits(name);
    const room = this.#open(name);
    const watcher = new Watcher({
      sink,
      queueEvents: this.#limits.watcherQueueEvents,
      onDropped: (events) => this.#metrics.eventsDropped(events),
    });
    room.addWatcher(watcher);
    this.#watchers += 1;
    this.#count();
    return watcher;
  }

  unwatch(name: string, watcher: Watcher): void {
    const room = this.#rooms.get(name);
    watcher.discard();
    this.#watchers -= 1;
    if (this.#watchers === 0) this.#lastWatcherLeft?.();
    if (room === undefined) {
      this.#count();
      return;
    }
    room.removeWatcher(watcher);
    this.#closeIfEmpty(room);
  }

  /** @throws {HttpProblem} 503 */
  checkParticipantFits(name: string): void {
    const { maxParticipants, maxParticipantsPerRoom } = this.#limits;
    this.#checkRoomFits(name);
    if (this.#participants >= maxParticipants) {
      throw unavailable(`The server holds ${maxParticipants} participants, its limit`);
    }
    const here = this.#rooms.get(name)?.participants.size ?? 0;
    if (here >= maxParticipantsPerRoom) {
      throw unavailable(`The room holds ${maxParticipantsPerRoom} participants, its limit`);
    }
  }

  /** @throws {HttpProblem} 503 */
  checkWatcherFits(name: string): void {
    const { maxWatchers, maxWatchersPerRoom } = this.#limits;
    this.#checkRoomFits(name);
    if (this.#watchers >= maxWatchers) {
      throw unavailable(`The server holds ${maxWatchers} watchers, its limit`);
    }
    if ((this.#rooms.get(name)?.watcherCount ?? 0) >= maxWatchersPerRoom) {
      throw unavailable(`The room holds ${maxWatchersPerRoom} watchers, its limit`);
    }
  }

  /** From here on nobody is let in. */
  drain(): void {
    this.#state = 'draining';
  }

  /** Ends every participant, so that watchers hear their last words, and then every watcher. */
  async close(): Promise<void> {
    this.drain();
    const participants = [...this.#rooms.values()].flatMap((room) => [
      ...room.participants.values(),
    ]);
    await Promise.all(participants.map((participant) => participant.close()));
    const unwatched = new Promise<void>((resolve) => {
      this.#lastWatcherLeft = resolve;
      setTimeout(resolve, LAST_EVENTS_MS).unref();
    });
    for (const room of this.#rooms.values()) room.closeWatchers();
    if (this.#watchers > 0) await unwatched;
  }

  #checkRoomFits(name: string): void {
    if (this.#state === 'draining') throw unavailable('The server is closing');
    if (!this.#rooms.has(name) && this.#rooms.size >= this.#limits.maxRooms) {
      throw unavailable(`The server holds ${this.#limits.maxRooms} rooms, its limit`);
    }
  }

  #open(name: string): Room {
    const room = this.#rooms.get(name) ?? new Room(name);
    this.#rooms.set(name, room);
    return room;
  }

  #closeIfEmpty(room: Room): void {
    if (room.isEmpty) this.#rooms.delete(room.name);
    this.#count();
  }

  #count(): void {
    this.#metrics.population({
      rooms: this.#rooms.size,
      participants: this.#participants,
      watchers: this.#watchers,
    });
  }
}
