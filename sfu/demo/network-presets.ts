import type { NetworkSettings } from '../../src/index.js';

export const NETWORK_PRESETS = ['clean', 'home', 'mobile'] as const;
export type NetworkPreset = (typeof NETWORK_PRESETS)[number];

const PRESETS: Readonly<Record<NetworkPreset, Omit<NetworkSettings, 'seed'>>> = {
  clean: { baseDelayMs: 20 },
  home: {
    baseDelayMs: 20,
    loss: { kind: 'gilbert-elliott', ratio: 0.05, meanBurstPackets: 1.5 },
    jitter: { kind: 'gamma', meanMs: 4, deviationMs: 4 },
    reorder: { ratio: 0.02, minMs: 5, maxMs: 30 },
    duplicate: { ratio: 0.005, delayMs: 2 },
  },
  mobile: {
    baseDelayMs: 35,
    loss: { kind: 'gilbert-elliott', ratio: 0.1, meanBurstPackets: 3 },
    jitter: { kind: 'gamma', meanMs: 8, deviationMs: 8 },
    reorder: { ratio: 0.03, minMs: 5, maxMs: 30 },
    duplicate: { ratio: 0.005, delayMs: 2 },
  },
};

/**
 * The settings of a preset, its loss replaced by `lossRatio` where that is given.
 *
 * @param lossRatio - 0..0.9
 */
export function networkOf(
  preset: NetworkPreset,
  seed: number,
  lossRatio: number | undefined,
): NetworkSettings {
  const settings = { ...PRESETS[preset], seed };
  if (lossRatio === undefined) return settings;
  return {
    ...settings,
    loss: { kind: 'gilbert-elliott', ratio: lossRatio, meanBurstPackets: 1.5 },
  };
}

/** One line for people. */
export function describeNetwork(settings: NetworkSettings): string {
  const { baseDelayMs = 0, loss, jitter, reorder } = settings;
  const parts = [`${baseDelayMs} ms each way`];
  if (loss !== undefined && 'ratio' in loss) parts.push(`${percent(loss.ratio)} lost`);
  if (jitter?.kind === 'gamma') parts.push(`jitter ${jitter.meanMs} ms in the mean`);
  if (reorder !== undefined) parts.push(`${percent(reorder.ratio)} overtaken`);
  return `${parts.join(', ')}; seed ${settings.seed}`;
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))} %`;
}
