import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createAuthorizer } from '../../sfu/auth.js';
import { resolveSfuConfig } from '../../sfu/config.js';
import { Metrics } from '../../sfu/metrics.js';
import { Participant } from '../../sfu/participant.js';
import type { Room } from '../../sfu/room.js';
import type { FrameNote, RoomEvent } from '../../sfu/room-events.js';
import { Rooms } from '../../sfu/rooms.js';
import { addWatchRoutes } from '../../sfu/watch-routes.js';
import { until } from './helpers/until.js';

const QUEUE_EVENTS = 64;
/** More than the queue and what the system's socket buffers hold on both sides, many times over. */
const EVENTS = 8000;
const FRAMES_AN_EVENT = 100;

let app: FastifyInstance | undefined;
let rooms: Rooms | undefined;
afterEach(async () => {
  await rooms?.close();
  await app?.close();
});

/** The watch routes over real connections, and a room to publish in faster than anybody speaks. */
async function serveRoom(): Promise<{ room: Room; port: number; url: string; metrics: Metrics }> {
  const { limits } = resolveSfuConfig({ limits: { watcherQueueEvents: QUEUE_EVENTS } });
  const metrics = new Metrics();
  rooms = new Rooms(limits, metrics);
  app = fastify({ forceCloseConnections: true });
  await app.register(websocket);
  addWatchRoutes(app, rooms, createAuthorizer([]));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  let room: Room | undefined;
  rooms.join('room', (made) => {
    room = made;
    return silentParticipant(made, rooms, metrics);
  });
  if (room === undefined) throw new Error('There is no room');
  return { room, port: Number(new URL(url).port), url, metrics };
}

/** Keeps the room open and says nothing. */
function silentParticipant(room: Room, of: Rooms | undefined, metrics: Metrics): Participant {
  return new Participant({
    backend: {
      name: 'none',
      accept: () => Promise.reject(new Error('Nobody calls')),
      close: async () => undefined,
    },
    recognizerName: 'none',
    metrics,
    publish: (event) => room.publish(event),
    openStream: () => {
      throw new Error('Nobody speaks');
    },
    left: (participant) => of?.leave(room, participant),
  });
}

const FRAMES: readonly FrameNote[] = Array.from({ length: FRAMES_AN_EVENT }, (_, index) => ({
  startMs: index * 20,
  durationMs: 20,
  provenance: 'received',
  latencyMs: 1.25,
  levelDb: -30,
}));

/** Events numbered from 0 in the place of an utterance, each followed by a large one. */
async function flood(room: Room): Promise<void> {
  for (let number = 0; number < EVENTS; number += 2) {
    const participant = 'p';
    room.publish({ type: 'speech', participant, state: 'start', atMs: number });
    room.publish({ type: 'frames', participant, frames: FRAMES.map((frame) => ({ ...frame })) });
    if (number % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory in use that a garbage collection does not free. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Every event is either heard or counted as dropped, in order. */
function expectAllAccounted(events: readonly RoomEvent[]): void {
  const dropped = events.reduce(
    (sum, event) => sum + (event.type === 'dropped' ? event.events : 0),
    0,
  );
  const heard = events.filter(({ type }) => type !== 'dropped');
  const numbers = heard.flatMap((event) => (event.type === 'speech' ? [event.atMs] : []));

  expect(dropped).toBeGreaterThan(EVENTS / 4);
  expect(heard.length + dropped).toBe(EVENTS);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  // The newest survive: what is dropped is the oldest that waits.
  expect(numbers.at(-1)).toBe(EVENTS - 2);
}

async function droppedSoFar(metrics: Metrics): Promise<number> {
  return Number(/^earshot_events_dropped_total (\d+)/m.exec(await metrics.text())?.[1]);
}

function eventsIn(body: string): RoomEvent[] {
  return [...body.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
}

async function readAll(socket: Socket, isDone: (body: string) => boolean): Promise<string> {
  const pieces: string[] = [];
  socket.setEncoding('latin1').on('data', (piece) => pieces.push(String(piece)));
  socket.resume();
  await until(() => isDone(pieces.slice(-3).join('')));
  return pieces.join('');
}

describe('a watcher that stops reading', () => {
  it('over server-sent events: hears how many events it missed, exactly', async () => {
    const { room, port, metrics } = await serveRoom();
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /rooms/room/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => room.watcherCount === 1);
    socket.pause();

    await flood(room);
    const bytes = await readAll(socket, (tail) => {
      const [, afterLast = ''] = tail.split(`"atMs":${EVENTS - 2}}`);
      return /event: frames[\s\S]*\n\n\r\n$/.test(afterLast);
    });

    // The lengths of the transfer coding's chunks stand on lines of their own.
    const events = eventsIn(bytes.replaceAll(/\r\n[0-9a-f]+\r\n/g, ''));
    expectAllAccounted(events);
    const dropped = events.reduce((sum, e) => sum + (e.type === 'dropped' ? e.events : 0), 0);
    expect(await droppedSoFar(metrics)).toBe(dropped);
    socket.destroy();
    await once(socket, 'close');
    await until(() => room.watcherCount === 0);
  });

  it('over WebSocket: hears how many events it missed, exactly', async () => {
    const { room, url, metrics } = await serveRoom();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/rooms/room/socket`);
    const events: RoomEvent[] = [];
    socket.on('message', (data) => events.push(JSON.parse(String(data)) as RoomEvent));
    await once(socket, 'open');
    await until(() => room.watcherCount === 1);
    socket.pause();

    await flood(room);
    socket.resume();
    await until(() => {
      const last = events.findLast((event) => event.type === 'speech');
      return last?.atMs === EVENTS - 2 && events.at(-1)?.type === 'frames';
    });

    expectAllAccounted(events);
    const dropped = events.reduce((sum, e) => sum + (e.type === 'dropped' ? e.events : 0), 0);
    expect(await droppedSoFar(metrics)).toBe(dropped);
    socket.terminate();
    await until(() => room.watcherCount === 0);
  });

  it('holds up nobody else, and costs the memory of its queue', async () => {
    const { room, port, url } = await serveRoom();
    const stuck = connect(port, '127.0.0.1');
    stuck.write('GET /rooms/room/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => room.watcherCount === 1);
    stuck.pause();
    const brisk = new WebSocket(`${url.replace('http', 'ws')}/rooms/room/socket`);
    let last = '';
    brisk.on('message', (data) => {
      last = String(data);
    });
    await until(() => room.watcherCount === 2);
    // What is still on its way to the brisk one is no memory of the stuck one.
    const heldOnceHeard = async (mark: string): Promise<number> => {
      room.publish({ type: 'participant-left', participant: mark });
      await until(() => last.includes(mark));
      return heldBytes();
    };
    await flood(room);
    const before = await heldOnceHeard('the first');

    // Some 40 MB of objects and 60 MB of text each.
    for (let round = 0; round < 2; round += 1) await flood(room);

    expect((await heldOnceHeard('the last')) - before).toBeLessThan(20e6);
    brisk.terminate();
    stuck.destroy();
    await until(() => room.watcherCount === 0);
  });
});
