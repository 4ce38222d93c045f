import type { Hypothesis, HypothesisAlternative } from '../recognizers/recognizer.js';

/** The longest N-best list. */
export const MAX_ALTERNATIVES = 8;

/**
 * How many alternatives are worth keeping at a load: all while the recognizer keeps up, one when it is at its bound.
 *
 * @param loadRatio - audio waiting over what may wait, 0..1
 * @returns 1..8
 */
export function alternativesFor(loadRatio: number): number {
  const room = 1 - Math.min(1, Math.max(0, loadRatio));
  return Math.max(1, Math.round(MAX_ALTERNATIVES * room));
}

type TextHypothesis = Extract<Hypothesis, { kind: 'partial' | 'final' }>;

/** The hypothesis buffer: what is believed about the open utterance, an N-best list whose length follows the load. */
export class HypothesisBuffer {
  #open: TextHypothesis | undefined;
  #alternatives: readonly HypothesisAlternative[] = [];
  #trimmed = 0;

  /** Takes the newest hypothesis; a final one closes the utterance. Returns it with its list cut to the load. */
  update(hypothesis: TextHypothesis, loadRatio: number): TextHypothesis {
    const best = [...hypothesis.alternatives].sort((a, b) => b.score - a.score);
    this.#alternatives = best.slice(0, alternativesFor(loadRatio));
    this.#trimmed += best.length - this.#alternatives.length;
    this.#open = hypothesis.kind === 'final' ? undefined : hypothesis;
    return { ...hypothesis, alternatives: this.#alternatives };
  }

  /** Number of the utterance being recognized; undefined between utterances. */
  get openUtterance(): number | undefined {
    return this.#open?.utterance;
  }

  get length(): number {
    return this.#alternatives.length;
  }

  /** Alternatives cut for load since the start. */
  get trimmed(): number {
    return this.#trimmed;
  }
}
