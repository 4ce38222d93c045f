import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { SfuServer } from '../../sfu/index.js';
import { readMetrics } from './helpers/metrics.js';
import { startServer } from './helpers/server.js';
import { until } from './helpers/until.js';

const TOKEN = 'a-token-that-no-log-may-hold';
const log: string[] = [];
let server: SfuServer;

beforeAll(async () => {
  server = await startServer({
    logLevel: 'debug',
    logDestination: { write: (line) => log.push(line) },
  });
});
afterAll(() => server.close());
beforeEach(() => {
  log.length = 0;
});

interface RawExchange {
  readonly text: string;
  readonly end: 'closed-by-server' | 'still-open';
}

/** Sends bytes and gives what came back within `forMs`; then the connection is cut. */
function exchange(request: string, forMs: number): Promise<RawExchange> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(request));
    let text = '';
    const timer = setTimeout(() => {
      socket.destroy();
      resolve({ text, end: 'still-open' });
    }, forMs);
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ text, end: 'closed-by-server' });
    });
  });
}

const watchers = async (): Promise<number> =>
  (await readMetrics(server.url)).of('earshot_watchers');

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

describe('watching', () => {
  it('gives every place back, of requests too that were pipelined on one connection', async () => {
    const { text } = await exchange(
      'GET /rooms/r/events HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20),
      300,
    );

    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
    await until(async () => (await watchers()) === 0);
  });

  it('takes one watcher from each connection only', async () => {
    const cut = exchange('GET /rooms/r/events HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20), 500);
    await until(async () => (await watchers()) > 0);

    expect(await watchers()).toBe(1);
    await cut;
  });

  it.each([
    ['the route of server-sent events', 'GET', '/rooms/r/events'],
    ['the page', 'GET', '/'],
    ['an offer', 'POST', '/whip/r'],
    ['nothing that exists', 'GET', '/nothing'],
  ])('by WebSocket is refused on %s, and the connection is ended', async (_what, method, path) => {
    const { text, end } = await exchange(
      `${method} ${path}?access_token=${TOKEN} HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}\r\n`,
      3000,
    );

    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    expect(end).toBe('closed-by-server');
  });

  it('leaves no room, token or address in the log, at its most talkative', async () => {
    await fetch(`${server.url}/rooms/secret-room/events?access_token=${TOKEN}`, {
      headers: { origin: 'https://example.org' },
    });
    await fetch(`${server.url}/whip/secret-room`, { method: 'POST', body: 'v=0 secret-word' });
    await fetch(`${server.url}/secret-room?access_token=${TOKEN}`);
    await exchange(
      `GET /rooms/secret-room/socket?access_token=${TOKEN} HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}\r\n`,
      200,
    );
    await exchange(
      `GET /rooms/secret-room/events?access_token=${TOKEN} HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}\r\n`,
      200,
    );
    await exchange(`GET /secret-room?${TOKEN} HTTP/9\r\n\r\n`, 200);
    await until(() => log.length >= 4);

    const text = log.join('');
    expect(text).toContain('"status":403');
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain('secret');
    expect(text).not.toMatch(/\d+\.\d+\.\d+\.\d+|localhost|example/);
  });

  it('ends a WebSocket that sends more than a watcher has to say', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/rooms/r/socket`);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('open', () => socket.send('x'.repeat(2000)));
    socket.on('error', () => undefined);

    await closed;
    await until(async () => (await watchers()) === 0);
  });

  it('ends a WebSocket that floods it with pings and reads nothing', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/rooms/r/socket`);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('open', resolve));
    socket.pause();
    const payload = Buffer.alloc(125);

    // Bounded by what the server takes before it has had enough; it must come to that.
    await until(async () => {
      for (let sent = 0; sent < 20_000 && socket.readyState === WebSocket.OPEN; sent += 1) {
        socket.ping(payload);
      }
      return (await watchers()) === 0;
    });

    socket.terminate();
  });

  it('by an image or a script of another page is refused', async () => {
    const from = async (site: string, mode: string) => {
      const abort = new AbortController();
      const { status } = await fetch(`${server.url}/rooms/r/events`, {
        headers: { 'sec-fetch-site': site, 'sec-fetch-mode': mode },
        signal: abort.signal,
      });
      abort.abort();
      return status;
    };

    expect(await from('cross-site', 'no-cors')).toBe(403);
    expect(await from('same-site', 'no-cors')).toBe(403);
    expect(await from('same-origin', 'cors')).toBe(200);
    expect(await from('none', 'navigate')).toBe(200);
  });
});
