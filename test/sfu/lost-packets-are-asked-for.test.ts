import { afterEach, expect, it } from 'vitest';
import type { SfuServer } from '../../sfu/index.js';
import { EventFeed } from './helpers/event-feed.js';
import { readMetrics } from './helpers/metrics.js';
import { Publisher } from './helpers/publisher.js';
import { startServer } from './helpers/server.js';
import { fixturePackets, speak } from './helpers/speech.js';
import { timelineOf } from './helpers/timeline.js';
import { call } from './helpers/whip-client.js';

const SPOKEN_MS = 3000;
/** Never the last packet, so that each loss is seen as one; three in a row, which no copy in a packet makes good. */
const LOST = [60, 80, 81, 82, 110];

let server: SfuServer;
let feed: EventFeed;
afterEach(async () => {
  await feed.close();
  await server.close();
});

async function callWithLosses(feedback: 'none' | 'nack') {
  server = await startServer();
  feed = await EventFeed.events(server.url, 'a-room');
  const publisher = new Publisher(feedback);
  const caller = await call(server.url, 'a-room', publisher);
  publisher.lose(LOST);
  await speak(publisher, await fixturePackets(SPOKEN_MS));
  const requestsHeard = await publisher.requestsHeard();
  await caller.hangUp();
  await feed.first('participant-left');
  const packets = feed.of('stats').at(-1)?.packets;
  const frames = timelineOf(feed.events, caller.participant, SPOKEN_MS);
  const notReceived = frames.filter(({ provenance }) => provenance !== 'received').length;
  const requested = (await readMetrics(server.url)).of('earshot_packets_requested_total');
  return { requestsHeard, packets, notReceived, requested };
}

it('a sender that offers to send packets again is asked for what is missing, and nothing is made up', async () => {
  const { requestsHeard, packets, notReceived, requested } = await callWithLosses('nack');

  expect(packets).toMatchObject({ received: SPOKEN_MS / 20, lost: 0 });
  expect(notReceived).toBe(0);
  expect(requestsHeard).toBeGreaterThan(0);
  expect(requested).toBeGreaterThanOrEqual(LOST.length);
});

it('a sender that does not is not asked, and the losses stay', async () => {
  const { requestsHeard, packets, notReceived, requested } = await callWithLosses('none');

  expect(packets).toMatchObject({ received: SPOKEN_MS / 20 - LOST.length, lost: LOST.length });
  expect(notReceived).toBe(LOST.length);
  expect(requestsHeard).toBe(0);
  expect(requested).toBe(0);
});
