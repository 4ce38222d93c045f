import { describe, expect, it } from 'vitest';
import { networkPreset, talk, throughNetwork } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { hear } from '../helpers/hear.js';

const SEEDS = [1, 2, 3];
const EAGERNESS = [0, 1, 10, 1000];
const sent = talk(fixtureCall().pcm, { sampleRateHz: 16_000, ssrc: 1, fec: 'on' });

function meanLatencyMs(seed: number, eagerness: number): { latencyMs: number; plcTicks: number } {
  const arrived = throughNetwork(sent, {
    ...networkPreset('wifi', seed),
    loss: { kind: 'iid', ratio: 0.05 },
    reorder: { ratio: 0.1, minMs: 20, maxMs: 60 },
  });
  const { frames, stats } = hear(
    arrived.map(({ atUs, data }) => ({ arrivalUs: atUs, data })),
    { eagerness },
  );
  expect(stats.deadlineMisses, `seed ${seed}`).toBe(0);
  const first = frames.filter(({ version }) => version === 0);
  const sum = (of: (frame: (typeof first)[number]) => number): number =>
    first.reduce((total, frame) => total + of(frame), 0);
  const ticks = sum(({ durationTicks }) => durationTicks);
  return {
    latencyMs: sum(({ latencyUs, durationTicks }) => (latencyUs * durationTicks) / ticks) / 1000,
    plcTicks: sum(({ provenance, durationTicks }) => (provenance === 'plc' ? durationTicks : 0)),
  };
}

describe('eagerness', () => {
  it('makes frames come sooner, and more of them made up', () => {
    for (const seed of SEEDS) {
      const results = EAGERNESS.map((eagerness) => meanLatencyMs(seed, eagerness));
      const latencies = results.map(({ latencyMs }) => latencyMs);
      const [patient, , , hasty] = results;
      expect(latencies, `seed ${seed}`).toEqual([...latencies].sort((a, b) => b - a));
      expect(patient?.latencyMs, `seed ${seed}`).toBeGreaterThan(2 * (hasty?.latencyMs ?? 0));
      expect(patient?.plcTicks, `seed ${seed}`).toBeLessThan(hasty?.plcTicks ?? 0);
    }
  });
});
