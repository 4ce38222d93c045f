import { describe, expect, it } from 'vitest';
import { CallClient } from '../../../sfu/demo/call-client.js';
import { CallRecord } from '../../../sfu/demo/call-record.js';
import { watchRoom } from '../../../sfu/demo/room-watcher.js';
import { type NetworkSettings, OpusEncoder, systemClock } from '../../../src/index.js';
import { startServer } from '../helpers/server.js';

const FRAME_US = 20_000;

interface Published {
  readonly record: CallRecord;
  readonly forwarded: number;
  readonly lost: number;
}

/** Publishes `frames` of noise to a real server with the fake recognizer, and watches the room until it is over. */
async function publishNoise(frames: number, network: NetworkSettings): Promise<Published> {
  await using server = await startServer();
  const record = new CallRecord();
  const watching = (async () => {
    for await (const event of watchRoom(server.url, 'noise', AbortSignal.timeout(20_000))) {
      record.take(event);
      if (event.type === 'participant-left') return;
    }
  })();
  let [forwarded, lost] = [0, 0];
  const client = new CallClient({
    endpoint: `${server.url}/whip/noise`,
    network,
    clock: systemClock,
    onMedia: (_datagram, forwardedUs) => {
      if (forwardedUs === undefined) lost += 1;
      else forwarded += 1;
    },
  });
  const encoder = new OpusEncoder({ sampleRateHz: 16_000, fec: 'on' });
  const noise = Int16Array.from(
    { length: encoder.frameSamples },
    (_, k) => ((k * 7919) % 4001) - 2000,
  );
  await client.connect();
  const startUs = systemClock.nowUs();
  client.startCapture(startUs);
  for (let index = 0; index < frames; index += 1) {
    const captureUs = startUs + index * FRAME_US;
    await new Promise<void>((resolve) => {
      systemClock.wakeAt(captureUs + FRAME_US, resolve);
    });
    client.send(encoder.encode(noise), captureUs);
  }
  await expect.poll(() => forwarded + lost).toBe(frames);
  await client.close();
  encoder.close();
  await watching;
  return { record, forwarded, lost };
}

describe('the client of the demo', () => {
  it('publishes over DTLS-SRTP through a lossy network, and the room sees every frame', async () => {
    const network = { seed: 5, baseDelayMs: 5, loss: { kind: 'iid', ratio: 0.1 } } as const;

    const { record, forwarded, lost } = await publishNoise(120, network);

    expect(forwarded).toBeGreaterThan(90);
    expect(lost).toBeGreaterThan(3);
    const shares = Object.fromEntries(record.shares);
    expect(shares.received).toBeGreaterThan(0.8);
    expect((shares.fec ?? 0) + (shares.plc ?? 0)).toBeGreaterThan(0.02);
  });

  it('lets the server measure the way from capture by honest sender reports', async () => {
    const { record } = await publishNoise(150, { seed: 5, baseDelayMs: 60 });

    // The network's own 60 ms are the least; a wrong clock would show far less, or nothing.
    expect(record.stats?.ledger.uplink?.p50).toBeGreaterThan(55);
  });
});
