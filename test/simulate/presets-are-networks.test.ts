import { describe, expect, it } from 'vitest';
import {
  NETWORK_NAMES,
  NETWORK_PRESETS,
  Network,
  type NetworkName,
  networkPreset,
} from '../../src/simulate/index.js';

const STEP_US = 20_000;
const PACKETS = 45_000;

/** A quarter of an hour of packets of 20 ms at 24 kbit/s. */
function measure(name: NetworkName, seed: number) {
  const network = new Network(networkPreset(name, seed));
  const delays: number[] = [];
  for (let i = 0; i < PACKETS; i++) {
    const [at] = network.send(i * STEP_US, 72);
    if (at !== undefined) delays.push((at - i * STEP_US) / 1000);
  }
  delays.sort((a, b) => a - b);
  const quantile = (ratio: number): number => delays[Math.floor(ratio * delays.length)] ?? 0;
  return { lostRatio: 1 - delays.length / PACKETS, quantile };
}

describe('networks that have a name', () => {
  it('are told apart, tell where their numbers come from, and are plain objects', () => {
    expect(NETWORK_NAMES).toEqual(['clean', 'wifi', 'lte', 'satellite', 'congested']);
    for (const { about, reasons, settings } of NETWORK_PRESETS) {
      expect(about).toMatch(/\.$/);
      expect(reasons.length).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
    }
  });

  it.each(NETWORK_NAMES)('%s is the same for the same seed, and another for another', (name) => {
    const arrivals = (seed: number): unknown => {
      const network = new Network(networkPreset(name, seed));
      return Array.from({ length: 2000 }, (_, i) => network.send(i * STEP_US, 72));
    };
    expect(arrivals(4)).toEqual(arrivals(4));
    expect(arrivals(4)).not.toEqual(arrivals(5));
  });

  // Of each, what its reasons promise; bounds hold over the seeds with room.
  it.each([1, 2, 3])('do what they say (seed %d)', (seed) => {
    const clean = measure('clean', seed);
    expect(clean.lostRatio).toBe(0);
    expect(clean.quantile(0.999)).toBeLessThanOrEqual(22);

    const wifi = measure('wifi', seed);
    expect(Math.abs(wifi.lostRatio - 0.01)).toBeLessThan(0.004);
    expect(wifi.quantile(0.5)).toBeLessThan(26);
    expect(wifi.quantile(0.99)).toBeGreaterThan(90);

    const lte = measure('lte', seed);
    expect(Math.abs(lte.lostRatio - 0.01)).toBeLessThan(0.003);
    expect(Math.abs(lte.quantile(0.98) - (35 + 83))).toBeLessThan(25);

    const satellite = measure('satellite', seed);
    expect(satellite.quantile(0)).toBeGreaterThanOrEqual(280);
    expect(satellite.quantile(1)).toBeLessThanOrEqual(305);
    // 2.4 % of the time 30 %, else 0.1 %: 0.83 %; some 22 fades of exponential length.
    expect(satellite.lostRatio).toBeGreaterThan(0.003);
    expect(satellite.lostRatio).toBeLessThan(0.016);

    const congested = measure('congested', seed);
    expect(Math.abs(congested.lostRatio - 0.027)).toBeLessThan(0.012);
    expect(congested.quantile(0.5)).toBeGreaterThan(23);
    expect(congested.quantile(0.95)).toBeGreaterThan(200);
    expect(congested.quantile(0.999)).toBeLessThan(20 + 252 + 40);
  });

  it('refuse another name', () => {
    expect(() => networkPreset('wlan' as NetworkName, 1)).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_OPTION',
        message: expect.stringMatching(/clean, wifi, lte/),
      }),
    );
    expect(() => new Network(networkPreset('wifi', -1))).toThrow(/seed/);
  });
});
