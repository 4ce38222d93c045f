import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SfuServer } from '../../sfu/index.js';
import type { RoomEvent } from '../../sfu/room-events.js';
import { PROVENANCES } from '../../src/index.js';
import { EventFeed } from './helpers/event-feed.js';
import { readMetrics } from './helpers/metrics.js';
import { startServer } from './helpers/server.js';
import { fixturePackets, speak } from './helpers/speech.js';
import { timelineOf } from './helpers/timeline.js';
import { type Call, call } from './helpers/whip-client.js';

const SPOKEN_MS = 3000;
const PACKETS = SPOKEN_MS / 20;
/** Inside the first second of speech and never the last packet, so that each loss is seen as one. */
const LOST = [40, 60, 61];

describe('a call of three seconds with three packets lost', () => {
  let server: SfuServer;
  let caller: Call;
  let bySse: EventFeed;
  let bySocket: EventFeed;

  beforeAll(async () => {
    server = await startServer();
    bySse = await EventFeed.events(server.url, 'a-room');
    bySocket = await EventFeed.socket(server.url, 'a-room');
    caller = await call(server.url, 'a-room');
    const packets = await fixturePackets(SPOKEN_MS);
    await speak(caller.publisher, packets, (index) => !LOST.includes(index));
    await caller.hangUp();
    await bySse.first('participant-left');
    await bySocket.first('participant-left');
  }, 30_000);
  afterAll(async () => {
    await bySse.close();
    await bySocket.close();
    await server.close();
  });

  it('is told alike over server-sent events and WebSocket', () => {
    expect(bySocket.events).toEqual(bySse.events);
    expect(new Set(bySse.events.map(({ type }) => type))).toEqual(
      new Set<RoomEvent['type']>([
        'participant-joined',
        'frames',
        'transcript',
        'stats',
        'participant-left',
      ]),
    );
  });

  it('begins with who joined, and ends with who left', () => {
    const { participant } = caller;
    expect(bySse.events.at(0)).toEqual({
      type: 'participant-joined',
      participant,
      recognizer: 'fake',
    });
    expect(bySse.events.at(-1)).toEqual({ type: 'participant-left', participant });
    expect(
      bySse.events.every((event) => 'participant' in event && event.participant === participant),
    ).toBe(true);
  });

  it('is told frame by frame, without a gap, and each frame says what it is made of', () => {
    // After the last packet the engine makes up some more, until it is told that no more comes.
    const frames = timelineOf(bySse.events, caller.participant, SPOKEN_MS);

    expect(frames.map(({ startMs }) => startMs)).toEqual(
      Array.from({ length: PACKETS }, (_, index) => index * 20),
    );
    expect(frames.every(({ durationMs }) => durationMs === 20)).toBe(true);
    const madeUp = frames.filter(({ provenance }) => provenance !== 'received');
    expect(madeUp.map(({ startMs }) => startMs / 20)).toEqual(LOST);
  });

  it('ends with the counters of its packets', () => {
    const stats = bySse.of('stats').at(-1);

    expect(stats?.packets).toMatchObject({
      received: PACKETS - LOST.length,
      lost: LOST.length,
      duplicate: 0,
    });
    expect(stats?.budgetMs).toBe(150);
    expect(stats?.ledger.total?.p50).toBeGreaterThan(0);
  });

  it('has partial words while it lasts and the final ones before the participant has left', () => {
    const transcripts = bySse.of('transcript');
    const final = transcripts.at(-1);

    expect(transcripts.slice(0, -1).every((transcript) => !transcript.final)).toBe(true);
    expect(final?.final).toBe(true);
    // The fake writes a word for each 200 ms it hears.
    expect(final?.words.length).toBe(SPOKEN_MS / 200);
    expect(final?.words.filter(({ heardRatio }) => heardRatio < 1).length).toBeGreaterThan(0);
  });

  it('is counted in the metrics, packet by packet and second by second', async () => {
    const metrics = await readMetrics(server.url);
    expect(metrics.of('earshot_packets_total{outcome="received"}')).toBe(PACKETS - LOST.length);
    expect(metrics.of('earshot_packets_total{outcome="lost"}')).toBe(LOST.length);
    expect(metrics.of('earshot_packets_total{outcome="duplicate"}')).toBe(0);
    const lostSeconds = (LOST.length * 20) / 1000;
    const received = metrics.of('earshot_audio_seconds_total{provenance="received"}');
    const all = PROVENANCES.map((provenance) =>
      metrics.of(`earshot_audio_seconds_total{provenance="${provenance}"}`),
    ).reduce((sum, seconds) => sum + seconds, 0);
    expect(all).toBeGreaterThan(SPOKEN_MS / 1000 - 0.001);
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThan(SPOKEN_MS / 1000 - lostSeconds + 0.001);
    expect(metrics.of('earshot_latency_seconds_count{stage="total"}')).toBeGreaterThanOrEqual(
      PACKETS,
    );
    expect(metrics.of('earshot_sessions_started_total')).toBe(1);
    expect(metrics.of('earshot_sessions_ended_total{reason="closed"}')).toBe(1);
    expect(metrics.of('earshot_participants')).toBe(0);
    expect(metrics.of('earshot_watchers')).toBe(2);
  });

  it('leaves no room, participant, word or address in the metrics', async () => {
    const { text } = await readMetrics(server.url);

    expect(text).not.toContain('a-room');
    expect(text).not.toContain(caller.participant);
    expect(text).not.toMatch(/word\d/);
    expect(text).not.toMatch(/\d+\.\d+\.\d+\.\d+|localhost/);
    const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label));
    expect(labels).toEqual(new Set(['outcome', 'provenance', 'stage', 'le', 'reason']));
  });
});
