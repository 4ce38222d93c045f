import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SfuServer } from '../../sfu/index.js';
import { EventFeed } from './helpers/event-feed.js';
import { startServer } from './helpers/server.js';
import { fixturePackets, speak } from './helpers/speech.js';
import { durationMsOf, timelineOf } from './helpers/timeline.js';
import { type Call, call } from './helpers/whip-client.js';

const LONG_MS = 1600;
const SHORT_MS = 800;

/** Who an event is about; only `dropped` is about nobody. */
function participantsOf(feed: EventFeed): Set<string> {
  return new Set(feed.events.map((event) => ('participant' in event ? event.participant : '')));
}

describe('two who speak in one room while a third speaks in another', () => {
  let server: SfuServer;
  let feeds: Record<'both' | 'other' | 'empty', EventFeed>;
  let calls: Record<'long' | 'short' | 'other', Call>;

  beforeAll(async () => {
    server = await startServer();
    const [both, other, empty] = await Promise.all([
      EventFeed.events(server.url, 'both'),
      EventFeed.socket(server.url, 'other'),
      // A prefix of another room's name, in another case: not the same room.
      EventFeed.events(server.url, 'BOTH'),
    ]);
    feeds = { both, other, empty };
    const long = await call(server.url, 'both');
    const short = await call(server.url, 'both');
    calls = { long, short, other: await call(server.url, 'other') };
    const packets = await fixturePackets(LONG_MS);
    const few = packets.slice(0, SHORT_MS / 20);
    await Promise.all([
      speak(long.publisher, packets),
      speak(short.publisher, few).then(() => short.hangUp()),
      speak(calls.other.publisher, few),
    ]);
    await Promise.all([long.hangUp(), calls.other.hangUp()]);
    await other.first('participant-left');
    while (both.of('participant-left').length < 2) await new Promise((r) => setTimeout(r, 10));
  }, 30_000);
  afterAll(async () => {
    await Promise.all(Object.values(feeds).map((feed) => feed.close()));
    await server.close();
  });

  it('are heard in their own room only', () => {
    const { long, short, other } = calls;

    expect(participantsOf(feeds.both)).toEqual(new Set([long.participant, short.participant]));
    expect(participantsOf(feeds.other)).toEqual(new Set([other.participant]));
    expect(feeds.empty.events).toEqual([]);
  });

  it('each have their own audio, counters and words', () => {
    for (const [{ participant }, spokenMs] of [
      [calls.long, LONG_MS],
      [calls.short, SHORT_MS],
    ] as const) {
      const mine = feeds.both.events.filter(
        (event) => 'participant' in event && event.participant === participant,
      );
      const durationMs = durationMsOf(timelineOf(mine, participant, spokenMs));
      const stats = mine.filter((event) => event.type === 'stats').at(-1);
      const final = mine.find((event) => event.type === 'transcript' && event.final);

      expect(durationMs).toBe(spokenMs);
      expect(stats?.type === 'stats' && stats.packets.received).toBe(spokenMs / 20);
      expect(final?.type === 'transcript' && final.words.length).toBe(spokenMs / 200);
    }
  });

  it('one leaves, and the other speaks on', () => {
    const left = feeds.both.events.findIndex(
      (event) => event.type === 'participant-left' && event.participant === calls.short.participant,
    );
    const after = feeds.both.events.slice(left + 1);

    expect(left).toBeGreaterThan(0);
    expect(after.some((event) => event.type === 'frames')).toBe(true);
    expect(
      after.every(
        (event) => 'participant' in event && event.participant === calls.long.participant,
      ),
    ).toBe(true);
  });

  it('can be ended through their own room only', async () => {
    const one = await call(server.url, 'both');
    const elsewhere = one.resource.replace('/whip/both/', '/whip/other/');

    expect((await fetch(elsewhere, { method: 'DELETE' })).status).toBe(404);
    expect((await fetch(one.resource, { method: 'DELETE' })).status).toBe(200);
    await one.publisher.close();
  });
});
