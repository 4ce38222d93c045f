import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SfuServer } from '../../sfu/index.js';
import { BROWSER_OFFER } from './helpers/browser-offer.js';
import { readMetrics } from './helpers/metrics.js';
import { Publisher } from './helpers/publisher.js';
import { startServer } from './helpers/server.js';
import { until } from './helpers/until.js';

const SEED = 20_261;
const OFFERS = 400;
const FRAGMENTS = 200;
/** Posted at once: enough to meet each other, few enough for the answers to be looked at one by one. */
const AT_ONCE = 8;

/** Mulberry32: the same seed makes the same mutations everywhere. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('Nothing to choose from');
    return item;
  }
}

type Mutation = (bytes: Buffer, dice: Dice) => Buffer;

const NASTY = [
  '\0',
  '\r',
  '\n',
  '\r\n\r\n',
  '%n%s',
  '$(x)',
  '__proto__',
  '\u{1f4a9}',
  'a=candidate:1 1 udp 1 255.255.255.255 1 typ host\r\n',
  'a=candidate:1 1 udp 4294967295 127.0.0.1 65535 typ host\r\n',
  'a=candidate:1 1 udp 1 ::ffff:127.0.0.1 9 typ host\r\n',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n',
  'a=ice-lite\r\n',
  'a=ssrc-group:FID 1 2\r\n',
  'a=rid:x send\r\n',
  'a=setup:active\r\n',
  'a=fingerprint:sha-256 00\r\n',
  'a=mid:constructor\r\n',
] as const;
const NUMBERS = ['-1', '0', '65536', '4294967296', '1e309', '00000000000001', '9'.repeat(40)];

function byLines(bytes: Buffer, edit: (lines: string[]) => string[]): Buffer {
  return Buffer.from(edit(bytes.toString('latin1').split('\r\n')).join('\r\n'), 'latin1');
}

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, dice) {
    const copy = Buffer.from(bytes);
    const at = dice.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8));
    return copy;
  },
  function cut(bytes, dice) {
    return bytes.subarray(0, dice.below(bytes.length));
  },
  function dropLine(bytes, dice) {
    return byLines(bytes, (lines) => lines.toSpliced(dice.below(lines.length), 1));
  },
  function repeatLine(bytes, dice) {
    return byLines(bytes, (lines) => {
      const line = dice.of(lines);
      return lines.toSpliced(dice.below(lines.length), 0, ...Array(1 + dice.below(40)).fill(line));
    });
  },
  function swapLines(bytes, dice) {
    return byLines(bytes, (lines) => {
      const [from, to] = [dice.below(lines.length), dice.below(lines.length)];
      const line = lines[from] ?? '';
      return lines.toSpliced(from, 1).toSpliced(to, 0, line);
    });
  },
  function changeNumber(bytes, dice) {
    return byLines(bytes, (lines) => {
      const at = dice.below(lines.length);
      const line = (lines[at] ?? '').replace(/\d+/, dice.of(NUMBERS));
      return lines.toSpliced(at, 1, line);
    });
  },
  function insert(bytes, dice) {
    const at = dice.below(bytes.length);
    const nasty = Buffer.from(dice.of(NASTY));
    return Buffer.concat([bytes.subarray(0, at), nasty, bytes.subarray(at)]);
  },
  function insertLine(bytes, dice) {
    return byLines(bytes, (lines) =>
      lines.toSpliced(dice.below(lines.length), 0, dice.of(NASTY).replace(/\r\n$/, '')),
    );
  },
  function lengthenValue(bytes, dice) {
    return byLines(bytes, (lines) => {
      const at = dice.below(lines.length);
      return lines.toSpliced(at, 1, (lines[at] ?? '') + 'A'.repeat(dice.below(3000)));
    });
  },
];

function mutated(original: string, dice: Dice): Buffer {
  let bytes = Buffer.from(original, 'latin1');
  for (let left = 1 + dice.below(3); left > 0 && bytes.length > 0; left -= 1) {
    bytes = Buffer.from(dice.of(MUTATIONS)(bytes, dice));
  }
  return bytes;
}

function openUdpSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'UDPWRAP').length;
}

describe(`hostile SDP (seed ${SEED})`, () => {
  let server: SfuServer;
  let real: string;
  let socketsBefore: number;

  beforeAll(async () => {
    const publisher = new Publisher();
    real = await publisher.offer();
    await publisher.close();
    server = await startServer({ limits: { maxConnecting: 1000, connectTimeoutMs: 5000 } });
    socketsBefore = openUdpSockets();
  });
  afterAll(() => server.close());

  async function send(
    method: 'POST' | 'PATCH',
    url: string,
    type: string,
    body: Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(url, {
      method,
      body: new Uint8Array(body),
      headers: { 'content-type': type, ...headers },
      signal: AbortSignal.timeout(5000),
    });
  }

  it(`${OFFERS} mutations of real offers end in 201 or 4xx and leave no peer behind`, async () => {
    const dice = new Dice(SEED);
    const statuses = new Map<number, number>();

    async function tryOne(body: Buffer): Promise<void> {
      const response = await send('POST', `${server.url}/whip/room`, 'application/sdp', body);
      const answer = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      const known = response.status === 201 || (response.status >= 400 && response.status < 500);
      expect(known, `${response.status} for ${JSON.stringify(body.toString('latin1'))}`).toBe(true);
      if (response.status !== 201) return;
      expect(answer).toContain('a=recvonly');
      const resource = new URL(response.headers.get('location') ?? '', server.url);
      expect((await fetch(resource, { method: 'DELETE' })).status).toBe(200);
    }

    for (let done = 0; done < OFFERS; done += AT_ONCE) {
      const bodies = Array.from({ length: AT_ONCE }, () =>
        mutated(dice.of([real, BROWSER_OFFER]), dice),
      );
      await Promise.all(bodies.map(tryOne));
    }

    // Both kinds of answer were met often, so the mutations were neither too kind nor too rough.
    expect(statuses.get(201)).toBeGreaterThan(OFFERS / 20);
    expect(statuses.get(400)).toBeGreaterThan(OFFERS / 20);
    expect(statuses.get(422)).toBeGreaterThan(0);
    await until(async () => (await readMetrics(server.url)).of('earshot_participants') === 0);
    await until(() => openUdpSockets() === socketsBefore);
    expect((await readMetrics(server.url)).of('earshot_rooms')).toBe(0);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  it(`${FRAGMENTS} mutations of trickled candidates end in 204 or 4xx, and the session can still be ended`, async () => {
    const dice = new Dice(SEED + 1);
    const response = await send(
      'POST',
      `${server.url}/whip/room`,
      'application/sdp',
      Buffer.from(real),
    );
    const resource = new URL(response.headers.get('location') ?? '', server.url).href;
    const fragment = `m=audio 9 RTP/AVP 0\r\na=mid:0\r\n${BROWSER_OFFER.split('\r\n')
      .filter((line) => line.startsWith('a=candidate'))
      .join('\r\n')}\r\na=end-of-candidates\r\n`;

    for (let done = 0; done < FRAGMENTS; done += 1) {
      const body = mutated(fragment, dice);
      const { status } = await send('PATCH', resource, 'application/trickle-ice-sdpfrag', body, {
        'if-match': response.headers.get('etag') ?? '',
      });
      const known = status === 204 || (status >= 400 && status < 500);
      expect(known, `${status} for ${JSON.stringify(body.toString('latin1'))}`).toBe(true);
    }

    expect((await fetch(resource, { method: 'DELETE' })).status).toBe(200);
    await until(() => openUdpSockets() === socketsBefore);
  });
});
