// RFC 3550 A.1: a step beyond these is a sender that began anew.
export const MAX_DROPOUT_PACKETS = 3000;
export const MAX_MISORDER_PACKETS = 100;
/** Numbers remembered to tell a late packet from one that came twice; a power of two over both limits' sum. */
const REMEMBERED = 128;

/** Where a packet stands in its stream by its sequence number. */
export type SequencePlace = 'next' | 'after-gap' | 'late' | 'duplicate' | 'restart';

/** Counts what is missing, late and double by sequence numbers alone. */
export class SequenceTally {
  duplicates = 0;
  reordered = 0;
  /** Times the numbers began anew: nothing is lost between. */
  restarts = 0;
  #newest: number | undefined;
  #oldest = 0;
  #distinct = 0;
  /** Missing in the runs of numbers before this one. */
  #lostBefore = 0;
  readonly #seen = new Float64Array(REMEMBERED).fill(Number.NaN);

  add(sequenceNumber: number): SequencePlace {
    if (this.#newest === undefined) {
      this.#begin(sequenceNumber);
      return 'next';
    }
    const step = ((sequenceNumber - this.#newest) << 16) >> 16;
    if (step > MAX_DROPOUT_PACKETS || step < -MAX_MISORDER_PACKETS) {
      this.restarts++;
      this.#lostBefore = this.lost;
      this.#begin(sequenceNumber);
      return 'restart';
    }
    const number = this.#newest + step;
    if (this.#seen[number % REMEMBERED] === number) {
      this.duplicates++;
      return 'duplicate';
    }
    this.#see(number);
    if (step <= 0) {
      this.reordered++;
      this.#oldest = Math.min(this.#oldest, number);
      return 'late';
    }
    this.#newest = number;
    return step === 1 ? 'next' : 'after-gap';
  }

  /** Numbers between the first and the last that never came. */
  get lost(): number {
    if (this.#newest === undefined) return 0;
    return this.#lostBefore + (this.#newest - this.#oldest + 1 - this.#distinct);
  }

  #begin(sequenceNumber: number): void {
    // A round up, so that packets from before it keep numbers that are not negative.
    this.#newest = sequenceNumber + 0x10000;
    this.#oldest = this.#newest;
    this.#distinct = 0;
    this.#seen.fill(Number.NaN);
    this.#see(this.#newest);
  }

  #see(number: number): void {
    this.#seen[number % REMEMBERED] = number;
    this.#distinct++;
  }
}
