import { expect, it } from 'vitest';
import { BROWSER_OFFER } from './helpers/browser-offer.js';
import { EventFeed } from './helpers/event-feed.js';
import { FakeRecognizer } from './helpers/fake-recognizer.js';
import { startServer } from './helpers/server.js';
import { fixturePackets, speak } from './helpers/speech.js';
import { until } from './helpers/until.js';
import { call, postOffer } from './helpers/whip-client.js';

const ROOM = 'dr-who-room-7';

/** Everything the server wrote, at its most talkative, and its metrics after a call. */
async function leftBehind(recognizer: FakeRecognizer): Promise<{
  readonly log: string;
  readonly metrics: string;
  readonly secrets: readonly string[];
}> {
  let log = '';
  const logDestination = {
    write(line: string): void {
      log += line;
    },
  };
  await using server = await startServer({ recognizer, logLevel: 'debug', logDestination });
  const feed = await EventFeed.events(server.url, ROOM);
  const caller = await call(server.url, ROOM);
  await speak(caller.publisher, await fixturePackets(1000));
  await until(() => feed.of('transcript').length + feed.of('recognizer-failed').length > 0);
  await postOffer(server.url, ROOM, `${BROWSER_OFFER}nonsense`);
  await fetch(`${server.url}/nowhere/${ROOM}?token=hunter2hunter2hunter2`);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  await caller.hangUp();
  await feed.close();

  const sdp = caller.publisher.peer.localDescription?.sdp ?? '';
  const resource = new URL(caller.resource).pathname.split('/').at(-1) ?? '';
  return {
    log,
    metrics,
    secrets: [
      ROOM,
      'hunter2',
      'word0',
      '127.0.0.1',
      '192.0.2.1',
      resource,
      caller.participant,
      String(caller.publisher.ssrc),
      /a=ice-pwd:(\S+)/.exec(sdp)?.[1] ?? 'no pwd',
    ],
  };
}

it.each([
  ['a call', new FakeRecognizer()],
  ['a call whose recognizer broke', new FakeRecognizer({ sessions: 'breaks' })],
])('%s leaves no word, name, address or key in log and metrics', async (_, recognizer) => {
  const { log, metrics, secrets } = await leftBehind(recognizer);

  // Both were really written: a log line for each request, packets counted.
  expect(log).toContain('"route":"/whip/:room"');
  expect(metrics).toMatch(/^earshot_packets_total\{outcome="received"\} [1-9]/m);
  for (const secret of secrets) {
    expect(secret).not.toBe('');
    expect(log, `log holds ${secret}`).not.toContain(secret);
    expect(metrics, `metrics hold ${secret}`).not.toContain(secret);
  }
});
