import { describe, expect, it } from 'vitest';
import type { RoomEvent } from '../../sfu/room-events.js';
import { type EventSink, Watcher } from '../../sfu/watcher.js';

/** A connection that takes so many events and is full then. */
class Connection implements EventSink {
  readonly taken: (RoomEvent | 'end')[] = [];
  room: number;

  constructor(room: number) {
    this.room = room;
  }

  write(event: RoomEvent): 'more' | 'full' {
    this.taken.push(event);
    this.room -= 1;
    return this.room > 0 ? 'more' : 'full';
  }

  end(): void {
    this.taken.push('end');
  }
}

function event(number: number): RoomEvent {
  return { type: 'participant-left', participant: `p-${number}` };
}

function watch(connection: Connection, queueEvents: number): { watcher: Watcher; drops: number[] } {
  const drops: number[] = [];
  const watcher = new Watcher({
    sink: connection,
    queueEvents,
    onDropped: (events) => drops.push(events),
  });
  return { watcher, drops };
}

describe('a watcher', () => {
  it('drops the oldest of what waits, and says so first when the connection takes more', () => {
    const connection = new Connection(1);
    const { watcher, drops } = watch(connection, 2);
    for (let number = 0; number < 6; number += 1) watcher.offer(event(number));

    connection.room = 2;
    watcher.resume();
    watcher.offer(event(6));
    connection.room = 9;
    watcher.resume();
    watcher.offer(event(7));

    expect(connection.taken).toEqual([
      event(0),
      { type: 'dropped', events: 3 },
      event(4),
      event(5),
      event(6),
      event(7),
    ]);
    expect(drops).toEqual([1, 1, 1]);
  });

  it('is stalled when it took nothing between two looks, and not while it takes something', () => {
    const connection = new Connection(1);
    const { watcher } = watch(connection, 8);
    expect(watcher.checkStalled()).toBe(false);
    watcher.offer(event(0));
    watcher.offer(event(1));
    expect(watcher.checkStalled()).toBe(false);

    connection.room = 1;
    watcher.resume();
    expect(watcher.checkStalled()).toBe(false);
    expect(watcher.checkStalled()).toBe(true);

    connection.room = 9;
    watcher.resume();
    expect(watcher.checkStalled()).toBe(false);
    expect(watcher.checkStalled()).toBe(false);
  });

  it('that is slow gets what waits for it before its connection ends, and nothing after', () => {
    const connection = new Connection(1);
    const { watcher } = watch(connection, 8);
    watcher.offer(event(0));
    watcher.offer(event(1));

    watcher.close();
    watcher.offer(event(2));
    connection.room = 9;
    watcher.resume();
    watcher.offer(event(3));
    watcher.close();

    expect(connection.taken).toEqual([event(0), event(1), 'end']);
  });

  it('whose connection is gone is written nothing more', () => {
    const connection = new Connection(1);
    const { watcher } = watch(connection, 8);
    watcher.offer(event(0));
    watcher.offer(event(1));

    watcher.discard();
    connection.room = 9;
    watcher.resume();
    watcher.close();

    expect(connection.taken).toEqual([event(0)]);
  });
});
