import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { EventFeed } from './helpers/event-feed.js';
import { FakeRecognizer } from './helpers/fake-recognizer.js';
import { Publisher } from './helpers/publisher.js';
import { startServer } from './helpers/server.js';
import { fixturePackets, speak } from './helpers/speech.js';
import { until } from './helpers/until.js';
import { call, postOffer } from './helpers/whip-client.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

describe('a server that is closed while one speaks', () => {
  it('refuses the next, waits for the last words, tells them, and ends everybody', async () => {
    let sayLastWords = (): void => undefined;
    const lastWords = new Promise<void>((resolve) => {
      sayLastWords = resolve;
    });
    const server = await startServer({ recognizer: new FakeRecognizer({ lastWords }) });
    const bySse = await EventFeed.events(server.url, 'room');
    const bySocket = await EventFeed.socket(server.url, 'room');
    const caller = await call(server.url, 'room');
    const newcomer = new Publisher();
    open.push(bySse, bySocket, caller.publisher, newcomer);
    const offer = await newcomer.offer();
    await speak(caller.publisher, await fixturePackets(600));
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

    const closed = server.close();

    const readiness = await fetch(`${server.url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(readiness.headers.get('retry-after')).toBe('5');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const refusal = await postOffer(server.url, 'room', offer);
    expect(refusal.status).toBe(503);
    expect(refusal.headers.get('retry-after')).toBe('5');
    expect((await fetch(`${server.url}/rooms/room/events`)).status).toBe(503);
    expect((await fetch(caller.resource, { method: 'DELETE' })).status).toBe(404);
    expect(bySse.of('participant-left')).toEqual([]);

    sayLastWords();
    await closed;
    await until(() => bySse.ended && bySocket.ended);

    for (const feed of [bySse, bySocket]) {
      expect(feed.of('transcript').at(-1)).toMatchObject({
        final: true,
        text: 'word0 word1 word2',
      });
      expect(feed.events.at(-1)).toEqual({
        type: 'participant-left',
        participant: caller.participant,
      });
    }
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });

  it('may be closed twice, and before anybody came', async () => {
    const server = await startServer();

    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

/** What a process does that runs a server as its users do: from the compiled package. */
const HOST = `
  import { createServer } from '${new URL('../../dist/sfu/index.js', import.meta.url).href}';
  const server = await createServer({ port: 0, logLevel: 'silent', recognizer: { name: 'activity' } });
  process.send(server.url);
  process.once('message', async () => {
    process.disconnect();
    await server.close();
  });
`;

async function message(child: ChildProcess): Promise<unknown> {
  const [value] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The server's process ended with ${code}; npm run build makes what it runs`);
    }),
  ])) as [unknown];
  return value;
}

describe('a process that runs a server', () => {
  it('ends by itself after close, whoever spoke, watched, or held a connection', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', HOST], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const url = String(await message(child));
    const bySse = await EventFeed.events(url, 'room');
    const bySocket = await EventFeed.socket(url, 'room');
    const caller = await call(url, 'room');
    const connecting = new Publisher();
    open.push(bySse, bySocket, caller.publisher, connecting);
    expect((await postOffer(url, 'room', await connecting.offer())).status).toBe(201);
    await speak(caller.publisher, await fixturePackets(300));

    const exit = once(child, 'exit');
    child.send('close');
    const [code, signal] = await exit;

    expect({ code, signal }).toEqual({ code: 0, signal: null });
    await until(() => bySse.ended && bySocket.ended);
    expect(bySse.events.at(-1)).toMatchObject({ type: 'participant-left' });
  });
});
