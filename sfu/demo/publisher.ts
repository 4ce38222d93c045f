import { readFile } from 'node:fs/promises';
import { type NetworkSettings, OpusEncoder, parseRtp, systemClock } from '../../src/index.js';
import { CallClient } from './call-client.js';
import { parseWav } from './wav-file.js';

/** What the publishing process is started with, as JSON in its only argument. */
export interface PublisherTask {
  readonly endpoint: string;
  readonly wavPath: string;
  readonly network: NetworkSettings;
}

/** What it reports at the end, by the process's message channel. */
export interface PublisherReport {
  readonly sent: number;
  readonly lost: number;
  /** End of capture to the far end of the simulated network, of every packet that came through, ms. */
  readonly uplinkMs: readonly number[];
}

const FRAME_US = 20_000;
const START_IN_US = 100_000;
const NETWORK_DRAIN_MS = 300;

/** Speaks the file in real time: each frame is encoded and sent when its last sample would have been captured. */
async function publishCall({
  endpoint,
  wavPath,
  network,
}: PublisherTask): Promise<PublisherReport> {
  const { sampleRateHz, pcm } = parseWav(await readFile(wavPath));
  const encoder = new OpusEncoder({ sampleRateHz, bitrateBps: 24_000, fec: 'on' });
  const capturedEndUs = new Map<number, number>();
  const uplinkMs: number[] = [];
  let lost = 0;
  const client = new CallClient({
    endpoint,
    network,
    clock: systemClock,
    onMedia(datagram, forwardedUs) {
      const endUs = capturedEndUs.get(parseRtp(datagram)?.timestamp ?? -1);
      if (forwardedUs === undefined) lost += 1;
      else if (endUs !== undefined) uplinkMs.push((forwardedUs - endUs) / 1000);
    },
  });
  try {
    await client.connect();
    const startUs = systemClock.nowUs() + START_IN_US;
    client.startCapture(startUs);
    const frames = Math.floor(pcm.length / encoder.frameSamples);
    for (let index = 0; index < frames; index += 1) {
      const captureUs = startUs + index * FRAME_US;
      await until(captureUs + FRAME_US);
      const at = index * encoder.frameSamples;
      const opus = encoder.encode(pcm.slice(at, at + encoder.frameSamples));
      capturedEndUs.set(client.timestampAt(captureUs), captureUs + FRAME_US);
      client.send(opus, captureUs);
    }
    await until(systemClock.nowUs() + NETWORK_DRAIN_MS * 1000);
    return { sent: frames, lost, uplinkMs };
  } finally {
    encoder.close();
    await client.close();
  }
}

function until(atUs: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.wakeAt(atUs, resolve);
  });
}

const report = await publishCall(JSON.parse(process.argv[2] ?? '') as PublisherTask);
await new Promise<void>((resolve) => {
  if (process.send === undefined) resolve();
  else process.send(report, () => resolve());
});
process.exit(0);
