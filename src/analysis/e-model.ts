/** What the E-model takes (ITU-T G.107), apart from the defaults that make up 93.2. */
export interface EModelInputs {
  /** One-way delay from mouth to ear (Ta), ms. */
  readonly delayMs: number;
  /** Share of packets that had to be made up for, 0..1. */
  readonly lossRatio: number;
  /** Mean length of loss runs over that of as much independent loss (BurstR), at least 1. */
  readonly burstRatio: number;
  /** Impairment of the codec without loss (Ie), 0..95. */
  readonly ie: number;
  /** Robustness of codec and concealment against loss (Bpl), above 0. */
  readonly bpl: number;
}

export interface EModelEstimate {
  readonly delayImpairment: number;
  readonly equipmentImpairment: number;
  /** 0..93.2 */
  readonly r: number;
  /** Mean opinion score, 1..4.5. */
  readonly mos: number;
}

/**
 * Ie and Bpl of a narrowband codec with good concealment. The ITU has published none for Opus: these are a guess, near
 * those of G.729A (11 and 19) and of G.711 with concealment (0 and 25.1) in G.113 Appendix I.
 */
export const GUESSED_IE = 5;
export const GUESSED_BPL = 20;

const BASE_R = 93.2;
const NO_IMPAIRMENT_BELOW_MS = 100;

/** A rough estimate: the scale is that of narrowband calls. */
export function eModelEstimate(inputs: EModelInputs): EModelEstimate {
  const delayImpairment = delayImpairmentOf(inputs.delayMs);
  const equipmentImpairment = equipmentImpairmentOf(inputs);
  const r = Math.max(0, BASE_R - delayImpairment - equipmentImpairment);
  return { delayImpairment, equipmentImpairment, r, mos: mosOf(r) };
}

/** Idd of G.107 7.4. */
function delayImpairmentOf(delayMs: number): number {
  if (delayMs <= NO_IMPAIRMENT_BELOW_MS) return 0;
  const x = Math.log2(delayMs / NO_IMPAIRMENT_BELOW_MS);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Ie,eff of G.107 7.5; its Ppl is in percent. */
function equipmentImpairmentOf({ lossRatio, burstRatio, ie, bpl }: EModelInputs): number {
  const lossPercent = lossRatio * 100;
  if (lossPercent === 0) return ie;
  return ie + ((95 - ie) * lossPercent) / (lossPercent / Math.max(1, burstRatio) + bpl);
}

/** G.107 Annex B. */
function mosOf(r: number): number {
  return Math.max(1, 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r));
}
