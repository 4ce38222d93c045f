import { expect, it } from 'vitest';
import { type AudioFrame, Receiver } from '../../src/index.js';
import { networkPreset, talk, throughNetwork } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';

const SEEDS = [1, 2, 3, 4, 5];
const DEADLINE_MS = 150;

interface Outcome {
  /** Of the packets themselves, put in order, over the least delay of the path, ms. */
  readonly inOrderMs: readonly number[];
  readonly frames: readonly Omit<AudioFrame, 'pcm'>[];
}

/** Sends the fixture call with DTX through a network that delays and loses nothing. */
function sendOverWifi(seed: number): Outcome {
  const { loss, ...network } = networkPreset('wifi', seed);
  const baseUs = (network.baseDelayMs ?? 0) * 1000;
  const sent = talk(fixtureCall().pcm, { sampleRateHz: 16_000, dtx: 'on', ssrc: 7 });
  const arrivals = throughNetwork(sent, network);
  const arrivedUs = new Map(arrivals.map(({ data, atUs }) => [data, atUs]));
  let latestUs = 0;
  const inOrderMs = sent.map(({ data, atUs }) => {
    latestUs = Math.max(latestUs, arrivedUs.get(data) ?? 0);
    return (latestUs - atUs - baseUs) / 1000;
  });

  const receiver = new Receiver({ deadlineMs: DEADLINE_MS });
  const frames: Omit<AudioFrame, 'pcm'>[] = [];
  const drain = (nowUs: number): number | undefined =>
    receiver.drain(nowUs, (frame) => frame.version === 0 && frames.push(frame));
  for (const { data, atUs } of arrivals) {
    for (let at = receiver.nextWakeup(); at !== undefined && at < atUs; ) at = drain(at);
    receiver.push([{ data, arrivalUs: atUs }]);
    drain(atUs);
  }
  receiver.close();
  return { inOrderMs, frames };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

it.each(SEEDS)(
  'the median of a call with DTX is that of its packets over Wi-Fi, seed %i',
  (seed) => {
    const { inOrderMs, frames } = sendOverWifi(seed);
    const silences = frames.filter(({ provenance }) => provenance === 'dtx');
    // A quarter of the call, and later than the packets by far.
    expect(silences.length).toBeGreaterThan(100);
    expect(median(silences.map(({ latencyUs }) => latencyUs / 1000))).toBeGreaterThan(50);

    const p50Ms = median(frames.map(({ latencyUs }) => latencyUs / 1000));
    expect(p50Ms - median(inOrderMs)).toBeLessThan(1);
    for (const { latencyUs } of frames) expect(latencyUs).toBeLessThanOrEqual(DEADLINE_MS * 1000);
  },
);

it.each(SEEDS)('speech that ends announced silence is not held up by it, seed %i', (seed) => {
  const { inOrderMs, frames } = sendOverWifi(seed);
  const speech = frames.filter(({ provenance }) => provenance === 'received');
  const onsets = speech.filter((frame) => {
    const before = frames[frames.indexOf(frame) - 1];
    return before?.provenance === 'dtx';
  });
  expect(onsets.length).toBeGreaterThan(10);
  expect(median(onsets.map(({ latencyUs }) => latencyUs / 1000))).toBeLessThan(
    2 * median(inOrderMs),
  );
});
