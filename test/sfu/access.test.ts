import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { SfuServer } from '../../sfu/index.js';
import { Publisher } from './helpers/publisher.js';
import { startServer } from './helpers/server.js';
import { call, postOffer } from './helpers/whip-client.js';

const TOKEN = 'a-token-of-enough-letters';
const OTHER_TOKEN = 'b-token-of-enough-letters';

function socketStatus(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

describe('with tokens', () => {
  let server: SfuServer;
  beforeAll(async () => {
    server = await startServer({ tokens: [OTHER_TOKEN, TOKEN] });
  });
  afterAll(() => server.close());

  it('asks for a token with 401 and WWW-Authenticate', async () => {
    const response = await postOffer(server.url, 'r1', 'v=0');

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="earshot"');
  });

  it.each([
    ['an unknown token', `Bearer ${TOKEN}x`],
    ['a prefix of a token', `Bearer ${TOKEN.slice(0, -1)}`],
  ])('refuses %s as invalid_token', async (_what, authorization) => {
    const response = await postOffer(server.url, 'r1', 'v=0', { authorization });

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it('takes each of its tokens', async () => {
    for (const token of [TOKEN, OTHER_TOKEN]) {
      const publisher = new Publisher();
      const response = await postOffer(server.url, 'r1', await publisher.offer(), {
        authorization: `Bearer ${token}`,
      });
      expect(response.status).toBe(201);
      await publisher.close();
    }
  });

  it('guards sessions, watchers and metrics too, and leaves the page and health open', async () => {
    const status = async (path: string, method = 'GET') =>
      (await fetch(server.url + path, { method })).status;

    expect(await status('/whip/r1/session', 'DELETE')).toBe(401);
    expect(await status('/whip/r1/session', 'PATCH')).toBe(401);
    expect(await status('/rooms/r1/events')).toBe(401);
    expect(await socketStatus(`${server.url}/rooms/r1/socket`)).toBe(401);
    expect(await status('/metrics')).toBe(401);
    expect(await status('/healthz')).toBe(200);
    expect(await status('/readyz')).toBe(200);
    expect(await status('/')).toBe(200);
  });

  it('lets a browser give the token of a watcher in the URL', async () => {
    expect(await socketStatus(`${server.url}/rooms/r1/socket?access_token=${TOKEN}`)).toBe(101);
    expect(await socketStatus(`${server.url}/rooms/r1/socket?access_token=nonsense`)).toBe(401);
  });

  it('answers a CORS preflight of any origin without a token', async () => {
    const response = await fetch(`${server.url}/whip/r1`, {
      method: 'OPTIONS',
      headers: { origin: 'https://example.org', 'access-control-request-method': 'POST' },
    });

    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://example.org');
    expect(response.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(response.headers.get('access-control-expose-headers')).toContain('Location');
  });
});

describe('without tokens', () => {
  let server: SfuServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it('serves its own page and no page of another origin', async () => {
    const from = async (origin: string) =>
      (await fetch(`${server.url}/readyz`, { headers: { origin } })).status;

    expect(await from(server.url)).toBe(200);
    expect(await from('https://example.org')).toBe(403);
    expect(await from('null')).toBe(403);
    expect(
      await socketStatus(`${server.url}/rooms/r1/socket`, { origin: 'https://example.org' }),
    ).toBe(403);
  });

  it('lets no page of another origin end or change a session, though it knows its URL', async () => {
    const { resource, etag, hangUp } = await call(server.url, 'r1');
    const foreign = { origin: 'https://example.org', 'if-match': etag };
    const status = async (method: string, headers: Readonly<Record<string, string>>) =>
      (await fetch(resource, { method, headers })).status;

    expect(await status('DELETE', foreign)).toBe(403);
    expect(await status('PATCH', foreign)).toBe(403);
    expect(await status('OPTIONS', foreign)).toBe(403);
    expect(await status('DELETE', { origin: server.url })).toBe(200);
    await hangUp();
  });

  it('refuses a name that was rebound to this machine', async () => {
    const status = await socketStatus(`${server.url}/rooms/r1/socket`, { host: 'example.org' });

    expect(status).toBe(403);
  });

  it('sends security headers with every answer, refusals too', async () => {
    for (const path of ['/', '/nothing', '/healthz']) {
      const { headers } = await fetch(server.url + path);
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});
