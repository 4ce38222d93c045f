import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UdpRelay } from '../../../sfu/demo/udp-relay.js';
import { type NetworkSettings, systemClock } from '../../../src/index.js';

const STUN = Buffer.from([0, 1, 0, 0]);
const RTCP = Buffer.from([0x80, 200, 0, 6]);

function rtp(sequenceNumber: number): Buffer {
  const packet = Buffer.alloc(16);
  packet.set([0x80, 111, sequenceNumber >> 8, sequenceNumber & 255]);
  return packet;
}

describe('the simulated network between two sockets', () => {
  let near: Socket;
  let far: Socket;
  let relay: UdpRelay | undefined;
  let arrived: Buffer[];
  let media: ('forwarded' | 'lost')[];

  beforeEach(async () => {
    [near, far] = [createSocket('udp4'), createSocket('udp4')];
    for (const socket of [near, far]) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    arrived = [];
    media = [];
    far.on('message', (datagram) => arrived.push(datagram));
  });

  afterEach(() => {
    relay?.close();
    near.close();
    far.close();
  });

  /** @returns the port that stands for the far socket */
  async function between(network: NetworkSettings): Promise<number> {
    const { port, address } = far.address();
    relay = new UdpRelay({
      network,
      target: { address, port },
      clock: systemClock,
      onMedia: (_datagram, forwardedUs) =>
        media.push(forwardedUs === undefined ? 'lost' : 'forwarded'),
    });
    return await relay.listen();
  }

  it('carries datagrams there, and answers back to whoever sent', async () => {
    const port = await between({ seed: 1, baseDelayMs: 1 });
    const answer = once(near, 'message');
    far.on('message', (_datagram, from) => far.send('answer', from.port, from.address));

    near.send(STUN, port, '127.0.0.1');

    expect(String((await answer)[0])).toBe('answer');
    expect(arrived).toEqual([STUN]);
  });

  it('loses media only: checks, handshakes and RTCP get through', async () => {
    const port = await between({ seed: 1, loss: { kind: 'iid', ratio: 1 } });

    for (let sequenceNumber = 0; sequenceNumber < 20; sequenceNumber += 1) {
      near.send(rtp(sequenceNumber), port, '127.0.0.1');
    }
    near.send(STUN, port, '127.0.0.1');
    near.send(RTCP, port, '127.0.0.1');

    await expect.poll(() => arrived.length).toBe(2);
    await expect.poll(() => media.length).toBe(20);
    expect(arrived).toEqual([STUN, RTCP]);
    expect(new Set(media)).toEqual(new Set(['lost']));
  });

  it('hands a doubled packet on twice and tells of it once', async () => {
    const port = await between({ seed: 1, duplicate: { ratio: 1, delayMs: 1 } });

    near.send(rtp(7), port, '127.0.0.1');

    await expect.poll(() => arrived).toEqual([rtp(7), rtp(7)]);
    expect(media).toEqual(['forwarded']);
  });

  it('lets held-back packets be overtaken', async () => {
    const port = await between({ seed: 3, reorder: { ratio: 0.5, minMs: 60, maxMs: 60 } });

    for (let sequenceNumber = 0; sequenceNumber < 20; sequenceNumber += 1) {
      near.send(rtp(sequenceNumber), port, '127.0.0.1');
    }

    await expect.poll(() => arrived.length).toBe(20);
    const order = arrived.map((datagram) => datagram.readUInt16BE(2));
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });
});
