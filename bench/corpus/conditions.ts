import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One network of the corpus, and what libwebrtc's NetEQ did on it. */
export interface NetworkCondition {
  readonly name: string;
  readonly path: string;
  readonly drifts: 'drifting' | 'steady';
  readonly neteqCost: number;
  readonly neteqMeanMs: number;
  readonly neteqConcealedPercent: number;
  /** Median of the packets' own delay, ms. */
  readonly networkP50Ms: number;
  /** Share that no receiver without redundancy beyond Opus's own could have had. */
  readonly lossFloorPercent: number;
  readonly laterThan150Percent: number;
}

interface NetEqFigures {
  readonly cost: number;
  readonly mean_e2e_ms: number;
  readonly concealed_pct: number;
  readonly loss_floor_pct: number;
  readonly later_than_150_pct: number;
  readonly network_ms: { readonly p50: number };
}

/** The conditions of a corpus folder, in its own order. */
export function readConditions(corpus: string): readonly NetworkCondition[] {
  const folder = join(corpus, 'netsim');
  const figures: Readonly<Record<string, NetEqFigures>> = JSON.parse(
    readFileSync(join(folder, 'neteq.json'), 'utf8'),
  );
  return Object.entries(figures).map(([name, one]) => ({
    name,
    path: join(folder, `${name}.pcap`),
    drifts: name.startsWith('drift') ? 'drifting' : 'steady',
    neteqCost: one.cost,
    neteqMeanMs: one.mean_e2e_ms,
    neteqConcealedPercent: one.concealed_pct,
    networkP50Ms: one.network_ms.p50,
    lossFloorPercent: one.loss_floor_pct,
    laterThan150Percent: one.later_than_150_pct,
  }));
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, one) => sum + Math.log(one), 0) / values.length);
}
