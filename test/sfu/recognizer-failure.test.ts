import { afterEach, describe, expect, it } from 'vitest';
import type { SfuServer } from '../../sfu/index.js';
import { EventFeed } from './helpers/event-feed.js';
import { type FakeBehaviour, FakeRecognizer } from './helpers/fake-recognizer.js';
import { readMetrics } from './helpers/metrics.js';
import { startServer } from './helpers/server.js';
import { fixturePackets, speak } from './helpers/speech.js';
import { durationMsOf, timelineOf } from './helpers/timeline.js';
import { call } from './helpers/whip-client.js';

const SPOKEN_MS = 1600;
let server: SfuServer | undefined;
let feed: EventFeed | undefined;
afterEach(async () => {
  await feed?.close();
  await server?.close();
});

/** Two speak at once on a server whose recognizer behaves so. */
async function twoSpeak(behaviour: FakeBehaviour) {
  server = await startServer({ recognizer: new FakeRecognizer(behaviour) });
  const heard = await EventFeed.events(server.url, 'room');
  feed = heard;
  const first = await call(server.url, 'room');
  // The recognizer's first session is the first caller's.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const second = await call(server.url, 'room');
  const packets = await fixturePackets(SPOKEN_MS);
  await Promise.all([speak(first.publisher, packets), speak(second.publisher, packets)]);
  await Promise.all([first.hangUp(), second.hangUp()]);
  while (heard.of('participant-left').length < 2) await new Promise((r) => setTimeout(r, 10));
  const metrics = await readMetrics(server.url);
  return {
    failures: metrics.of('earshot_recognizer_failures_total'),
    events: heard,
    of: (who: 'first' | 'second') => {
      const { participant } = who === 'first' ? first : second;
      const framesMs = durationMsOf(timelineOf(heard.events, participant, SPOKEN_MS));
      const failed = heard
        .of('recognizer-failed')
        .filter((event) => event.participant === participant);
      const transcripts = heard
        .of('transcript')
        .filter((event) => event.participant === participant);
      return { framesMs, failed, transcripts };
    },
  };
}

describe('a recognizer that fails', () => {
  it('in the middle of a call: frames go on, words come again, the other caller has every word', async () => {
    const { of, failures } = await twoSpeak({ sessions: 'breaks', count: 1 });

    expect(of('first').framesMs).toBe(SPOKEN_MS);
    expect(of('first').failed).toMatchObject([{ message: 'The fake recognizer broke' }]);
    expect(of('first').transcripts.at(-1)).toMatchObject({ final: true });
    expect(failures).toBe(1);
    expect(of('second').framesMs).toBe(SPOKEN_MS);
    expect(of('second').failed).toEqual([]);
    expect(of('second').transcripts.at(-1)).toMatchObject({ final: true });
    expect(of('second').transcripts.at(-1)?.words.length).toBe(SPOKEN_MS / 200);
  });

  it('to open: the room has the frames, is told, and words come once it opens', async () => {
    const { of } = await twoSpeak({ sessions: 'does-not-open', count: 1 });

    expect(of('first').framesMs).toBe(SPOKEN_MS);
    expect(of('first').failed).toMatchObject([{ message: 'The fake recognizer does not open' }]);
    expect(of('first').transcripts.at(-1)?.final).toBe(true);
    expect(of('second').failed).toEqual([]);
    expect(of('second').transcripts.at(-1)?.words.length).toBe(SPOKEN_MS / 200);
  });

  it('to open at all: every caller has frames and statistics to the end', async () => {
    const { of, events } = await twoSpeak({ sessions: 'does-not-open' });

    for (const who of ['first', 'second'] as const) {
      expect(of(who).framesMs).toBe(SPOKEN_MS);
      expect(of(who).failed.length).toBeGreaterThan(0);
      expect(of(who).transcripts).toEqual([]);
    }
    expect(events.of('stats').at(-1)?.packets.received).toBe(SPOKEN_MS / 20);
  });
});
