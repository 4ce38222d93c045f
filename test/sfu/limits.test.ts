import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Limits, SfuServer } from '../../sfu/index.js';
import { EventFeed } from './helpers/event-feed.js';
import { readMetrics } from './helpers/metrics.js';
import { Publisher } from './helpers/publisher.js';
import { startServer } from './helpers/server.js';
import { until } from './helpers/until.js';
import { postOffer } from './helpers/whip-client.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function serverWith(limits: Partial<Limits>): Promise<SfuServer> {
  const server = await startServer({ limits });
  open.push(server);
  return server;
}

/** Offers a call that is answered and never connects: the publisher does not look at the answer. */
async function offerTo(server: SfuServer, room: string): Promise<Response> {
  const publisher = new Publisher();
  open.push(publisher);
  return postOffer(server.url, room, await publisher.offer());
}

async function watch(server: SfuServer, room: string): Promise<EventFeed> {
  const feed = await EventFeed.socket(server.url, room);
  open.push(feed);
  return feed;
}

function expectFull(response: { readonly status: number; readonly headers: Headers }): void {
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
}

/** The answer to an upgrade that is refused. */
function socketRefusal(
  server: SfuServer,
  room: string,
): Promise<Pick<Response, 'status' | 'headers'>> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/rooms/${room}/socket`);
    socket.on('open', () => reject(new Error('The upgrade was not refused')));
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, { statusCode = 0, headers }) => {
      const retryAfter = headers['retry-after'];
      resolve({
        status: statusCode,
        headers: new Headers(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      });
    });
  });
}

describe('a full server answers 503 with Retry-After', () => {
  it('to a room more than maxRooms, whether one would speak in it or watch it', async () => {
    const server = await serverWith({ maxRooms: 1 });
    await watch(server, 'first');

    expectFull(await offerTo(server, 'second'));
    expectFull(await fetch(`${server.url}/rooms/second/events`));
    expectFull(await socketRefusal(server, 'second'));
    expect((await offerTo(server, 'first')).status).toBe(201);
  });

  it('to a participant more than maxParticipants, in whatever room', async () => {
    const server = await serverWith({ maxParticipants: 2 });
    expect((await offerTo(server, 'first')).status).toBe(201);
    expect((await offerTo(server, 'second')).status).toBe(201);

    expectFull(await offerTo(server, 'third'));
  });

  it('to a participant more than maxParticipantsPerRoom, and not to one of another room', async () => {
    const server = await serverWith({ maxParticipantsPerRoom: 1 });
    expect((await offerTo(server, 'first')).status).toBe(201);

    expectFull(await offerTo(server, 'first'));
    expect((await offerTo(server, 'second')).status).toBe(201);
  });

  it('to a peer more than maxConnecting that has not finished its handshake', async () => {
    const server = await serverWith({ maxConnecting: 2 });
    expect((await offerTo(server, 'room')).status).toBe(201);
    expect((await offerTo(server, 'room')).status).toBe(201);

    expectFull(await offerTo(server, 'room'));
  });

  it('to a watcher more than maxWatchers, over server-sent events and WebSocket', async () => {
    const server = await serverWith({ maxWatchers: 1 });
    const feed = await watch(server, 'first');

    expectFull(await fetch(`${server.url}/rooms/second/events`));
    expectFull(await socketRefusal(server, 'second'));

    await feed.close();
    await until(async () => (await readMetrics(server.url)).of('earshot_watchers') === 0);
    await watch(server, 'second');
  });

  it('to a watcher more than maxWatchersPerRoom, and not to one of another room', async () => {
    const server = await serverWith({ maxWatchersPerRoom: 1 });
    await watch(server, 'first');

    expectFull(await fetch(`${server.url}/rooms/first/events`));
    expectFull(await socketRefusal(server, 'first'));
    await watch(server, 'second');
  });

  it('before it reads the offer, and has room again when a place is free', async () => {
    const server = await serverWith({ maxParticipants: 1 });
    const response = await offerTo(server, 'room');
    expect(response.status).toBe(201);

    expectFull(await postOffer(server.url, 'room', 'this is no offer'));

    const resource = new URL(response.headers.get('location') ?? '', server.url);
    expect((await fetch(resource, { method: 'DELETE' })).status).toBe(200);
    await until(async () => (await readMetrics(server.url)).of('earshot_participants') === 0);
    expect((await offerTo(server, 'another-room')).status).toBe(201);
  });
});

describe('a peer that never connects', () => {
  it('gives its place back after connectTimeoutMs', async () => {
    const server = await serverWith({ connectTimeoutMs: 1000 });
    expect((await offerTo(server, 'room')).status).toBe(201);

    await until(async () => (await readMetrics(server.url)).of('earshot_participants') === 0);

    const metrics = await readMetrics(server.url);
    expect(metrics.of('earshot_sessions_ended_total{reason="connect-timeout"}')).toBe(1);
    expect(metrics.of('earshot_rooms')).toBe(0);
  });
});
