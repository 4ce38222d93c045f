import { Publisher } from './publisher.js';

/** Posts an offer to a room. */
export async function postOffer(
  url: string,
  room: string,
  sdp: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}/whip/${room}`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', ...headers },
    body: sdp,
  });
}

export interface Call {
  readonly publisher: Publisher;
  readonly resource: string;
  readonly etag: string;
  readonly participant: string;
  hangUp(): Promise<void>;
}

/** Publishes to a room by WHIP and waits until media can flow. */
export async function call(
  url: string,
  room: string,
  publisher: Publisher = new Publisher(),
): Promise<Call> {
  const response = await postOffer(url, room, await publisher.offer());
  if (response.status !== 201) throw new Error(`WHIP answered ${response.status}`);
  const resource = new URL(response.headers.get('location') ?? '', url).href;
  await publisher.connect(await response.text());
  return {
    publisher,
    resource,
    etag: response.headers.get('etag') ?? '',
    participant: response.headers.get('earshot-participant') ?? '',
    async hangUp() {
      await fetch(resource, { method: 'DELETE' });
      await publisher.close();
    },
  };
}
