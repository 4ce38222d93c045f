import { describe, expect, it } from 'vitest';
import { eModelEstimate } from '../../src/analysis/e-model.js';

const clean = { delayMs: 50, lossRatio: 0, burstRatio: 1, ie: 0, bpl: 10 };

describe('the E-model', () => {
  it('gives 93.2 and 4.41 for a call that nothing is wrong with', () => {
    const { r, mos } = eModelEstimate(clean);
    expect(r).toBe(93.2);
    // 1 + 0.035 * 93.2 + 7e-6 * 93.2 * 33.2 * 6.8
    expect(mos).toBeCloseTo(4.4093, 4);
  });

  it('impairs by delay beyond 100 ms only', () => {
    expect(eModelEstimate({ ...clean, delayMs: 100 }).delayImpairment).toBe(0);
    // X = 1: 25 * (2^(1/6) - 3 * (1 + 3^-6)^(1/6) + 2)
    expect(eModelEstimate({ ...clean, delayMs: 200 }).delayImpairment).toBeCloseTo(3.0444, 4);
    // X = 2: 25 * (65^(1/6) - 3 * (1 + (2/3)^6)^(1/6) + 2)
    expect(eModelEstimate({ ...clean, delayMs: 400 }).delayImpairment).toBeCloseTo(24.0701, 4);
  });

  it('impairs by loss against the robustness of the codec', () => {
    // 95 * 5 / (5 + 10)
    expect(eModelEstimate({ ...clean, lossRatio: 0.05 }).equipmentImpairment).toBeCloseTo(
      31.667,
      3,
    );
    // G.729A of G.113: 11 + 84 * 2 / (2 + 19)
    const g729 = { ...clean, ie: 11, bpl: 19, lossRatio: 0.02 };
    expect(eModelEstimate(g729).equipmentImpairment).toBeCloseTo(19, 6);
  });

  it('holds bursts to be worse than as many losses one by one', () => {
    const single = eModelEstimate({ ...clean, lossRatio: 0.05 });
    const bursts = eModelEstimate({ ...clean, lossRatio: 0.05, burstRatio: 3 });
    // 95 * 5 / (5 / 3 + 10)
    expect(bursts.equipmentImpairment).toBeCloseTo(40.714, 3);
    expect(bursts.mos).toBeLessThan(single.mos);
  });

  it('never leaves its scale', () => {
    const { r, mos } = eModelEstimate({ ...clean, delayMs: 2000, lossRatio: 1, ie: 95 });
    expect(r).toBe(0);
    expect(mos).toBe(1);
  });
});
