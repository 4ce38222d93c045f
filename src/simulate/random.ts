/**
 * Seeded pseudo-random numbers: the same seed gives the same numbers on every machine.
 *
 * The generator is sfc32 of Chris Doty-Humphrey's PractRand (public domain), seeded its way: the seed in two words,
 * counter 1, twelve rounds thrown away.
 */
export class Random {
  #a = 0;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed - a whole number, 0..2^53-1 */
  constructor(seed: number) {
    this.#b = seed >>> 0;
    this.#c = Math.floor(seed / 2 ** 32) >>> 0;
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** A whole number, 0..2^32-1. */
  uint32(): number {
    const out = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + out) | 0;
    return out >>> 0;
  }

  /** Evenly spread in [0, 1). */
  uniform(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A whole number in [0, bound), `bound` at most 2^32. */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Whether an event of this probability (0..1) happened. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Mean 0, standard deviation 1 (Box and Muller 1958, the cosine half). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Gamma with the given shape (> 0) and mean: Marsaglia and Tsang 2000, with their boost below shape 1. */
  gamma(shape: number, mean: number): number {
    const boost = shape < 1 ? (1 - this.uniform()) ** (1 / shape) : 1;
    const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      const u = 1 - this.uniform();
      if (Math.log(u) < x * x * 0.5 + d - d * v + d * Math.log(v))
        return (d * v * boost * mean) / shape;
    }
  }
}

/** A seed for a part of a simulation, so that parts draw from generators of their own. */
export function deriveSeed(seed: number, part: number): number {
  return (new Random(seed).uint32() ^ Math.imul(part + 1, 0x9e3779b1)) >>> 0;
}
