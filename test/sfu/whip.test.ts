import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SfuServer } from '../../sfu/index.js';
import { BROWSER_OFFER } from './helpers/browser-offer.js';
import { Publisher } from './helpers/publisher.js';
import { startServer } from './helpers/server.js';
import { call, postOffer } from './helpers/whip-client.js';

let server: SfuServer;
beforeAll(async () => {
  server = await startServer({ limits: { bodyLimitBytes: 16_384 } });
});
afterAll(() => server.close());

const FRAGMENT = 'application/trickle-ice-sdpfrag';
const CANDIDATE =
  'm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 2122260223 127.0.0.1 9 typ host\r\n';

async function patch(
  resource: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const response = await fetch(resource, {
    method: 'PATCH',
    headers: { 'content-type': FRAGMENT, ...headers },
    body,
  });
  return response.status;
}

describe('the endpoint', () => {
  it('answers an offer with 201, the answer, Location and a strong ETag', async () => {
    const publisher = new Publisher();

    const response = await postOffer(server.url, 'r1', await publisher.offer());

    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('application/sdp');
    expect(response.headers.get('etag')).toMatch(/^"[\w-]+"$/);
    expect(response.headers.get('location')).toMatch(/^\/whip\/r1\/[\w-]{22}$/);
    expect(response.headers.get('earshot-participant')).toMatch(/^p-[0-9a-f]{12}$/);
    expect(await response.text()).toMatch(/^v=0\r\n[\s\S]*a=recvonly/);
    await publisher.close();
  });

  it.each([
    ['another content type', 415, { 'content-type': 'application/json' }, '{}'],
    ['a fragment', 415, { 'content-type': FRAGMENT }, BROWSER_OFFER],
    ['a malformed offer', 400, {}, 'v=0\r\nhello'],
    ['an empty body', 400, {}, ''],
    ['an offer with video', 422, {}, BROWSER_OFFER.replace('m=audio', 'm=video')],
    ['a body over the limit', 413, {}, BROWSER_OFFER + 'a=x\r\n'.repeat(4000)],
  ])('refuses %s with %i and a problem document', async (_what, status, headers, body) => {
    const response = await postOffer(server.url, 'r1', body, headers);

    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status, detail: expect.any(String) });
  });

  it('takes a content type with parameters, in any case', async () => {
    const publisher = new Publisher();

    const response = await postOffer(server.url, 'r1', await publisher.offer(), {
      'content-type': 'Application/SDP; charset=utf-8',
    });

    expect(response.status).toBe(201);
    await publisher.close();
  });

  it('knows no room whose name is not 1..64 letters, digits, - and _', async () => {
    for (const name of ['a%20b', '..%2f', 'x'.repeat(65), '%00']) {
      const { status } = await postOffer(server.url, name, BROWSER_OFFER);
      expect([400, 404, 414]).toContain(status);
    }
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])(
    'answers %s with 405 and Allow',
    async (method) => {
      const response = await fetch(`${server.url}/whip/r1`, { method });

      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('OPTIONS, POST');
    },
  );

  it('answers OPTIONS with 200 and Accept-Post', async () => {
    const response = await fetch(`${server.url}/whip/r1`, { method: 'OPTIONS' });

    expect(response.status).toBe(200);
    expect(response.headers.get('accept-post')).toBe('application/sdp');
  });
});

describe('the session', () => {
  it('takes trickled candidates with If-Match: 204, no ETag', async () => {
    const { resource, etag, hangUp } = await call(server.url, 'r2');

    const response = await fetch(resource, {
      method: 'PATCH',
      headers: { 'content-type': FRAGMENT, 'if-match': etag },
      body: `${CANDIDATE}a=end-of-candidates\r\n`,
    });

    expect(response.status).toBe(204);
    expect(response.headers.get('etag')).toBeNull();
    await hangUp();
  });

  it('refuses a PATCH without If-Match (428), with another ETag (412), type (415) or body (400)', async () => {
    const { resource, etag, hangUp } = await call(server.url, 'r2');

    expect(await patch(resource, CANDIDATE, {})).toBe(428);
    expect(await patch(resource, CANDIDATE, { 'if-match': '"other"' })).toBe(412);
    expect(await patch(resource, CANDIDATE, { 'if-match': `W/${etag}` })).toBe(412);
    expect(await patch(resource, CANDIDATE, { 'if-match': `"other", ${etag}` })).toBe(204);
    expect(
      await patch(resource, CANDIDATE, { 'if-match': etag, 'content-type': 'application/sdp' }),
    ).toBe(415);
    expect(await patch(resource, 'hello', { 'if-match': etag })).toBe(400);
    expect(await patch(resource, 'a=candidate:nonsense', { 'if-match': etag })).toBe(400);
    await hangUp();
  });

  it('refuses an ICE restart with 422 and keeps the session', async () => {
    const { resource, etag, hangUp } = await call(server.url, 'r2');
    const restart = 'a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n';

    expect(await patch(resource, restart, { 'if-match': '*' })).toBe(422);
    expect(await patch(resource, CANDIDATE, { 'if-match': etag })).toBe(204);
    await hangUp();
  });

  it('ends at DELETE with 200; a second DELETE finds nothing and harms nothing', async () => {
    const first = await call(server.url, 'r2');
    const second = await call(server.url, 'r2');

    expect((await fetch(first.resource, { method: 'DELETE' })).status).toBe(200);
    expect((await fetch(first.resource, { method: 'DELETE' })).status).toBe(404);
    expect(await patch(first.resource, CANDIDATE, { 'if-match': first.etag })).toBe(404);
    expect(await patch(second.resource, CANDIDATE, { 'if-match': second.etag })).toBe(204);
    await second.hangUp();
    await first.publisher.close();
  });

  it('is not found under another room', async () => {
    const { resource, hangUp } = await call(server.url, 'r2');

    const elsewhere = resource.replace('/r2/', '/r3/');

    expect((await fetch(elsewhere, { method: 'DELETE' })).status).toBe(404);
    await hangUp();
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT'])('answers %s with 405', async (method) => {
    const response = await fetch(`${server.url}/whip/r2/session`, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('DELETE, OPTIONS, PATCH');
  });
});

describe('a peer that trickles', () => {
  it('connects by the candidates of its PATCH', async () => {
    const publisher = new Publisher();
    const offer = await publisher.offer();
    const candidates = offer.match(/a=candidate:.*\r\n/g) ?? [];
    const response = await postOffer(
      server.url,
      'r4',
      offer.replace(/a=candidate:.*\r\n/g, '').replace('a=end-of-candidates\r\n', ''),
    );
    const resource = new URL(response.headers.get('location') ?? '', server.url).href;

    const connected = publisher.connect(await response.text());
    const status = await patch(
      resource,
      `m=audio 9 RTP/AVP 0\r\na=mid:0\r\n${candidates.join('')}`,
      {
        'if-match': response.headers.get('etag') ?? '',
      },
    );
    await connected;

    expect(status).toBe(204);
    expect(candidates.length).toBeGreaterThan(0);
    await publisher.close();
  });
});
