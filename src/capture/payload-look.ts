/** Payloads looked at: seconds of a call. */
const SAMPLED_PAYLOADS = 256;
/** Fewer tell nothing: G.729 of one second is as even as noise. */
const MIN_SAMPLED_PAYLOADS = 128;
/** Of each, so many bytes from the front, where codecs have their headers; shorter ones are left out. */
const SAMPLED_BYTES = 48;
const MIN_PAYLOAD_BYTES = 20;
const FIRST_NIBBLES = 16;
const BYTE_VALUES = 256;
/**
 * χ² of even bytes lies about its degrees of freedom, by their root doubled; noise is within five of these, and the evenest
 * of real codecs (G.729, 256 packets) eleven off. Of the first four bits, where codecs name their mode, noise is under 45
 * in all but one stream of 10,000; G.729 is at 123, Opus in the thousands.
 */
const MAX_BYTE_DEVIATIONS = 5;
const MAX_FIRST_NIBBLE_CHI_SQUARE = 45;

/**
 * Tells whether payloads look encrypted: SRTP leaves RTP's header in the clear and makes noise of the payload, where every
 * codec of speech repeats itself.
 */
export class PayloadLook {
  #payloads = 0;
  #bytes = 0;
  readonly #byteCounts = new Uint32Array(BYTE_VALUES);
  readonly #firstNibbleCounts = new Uint32Array(FIRST_NIBBLES);

  /** Whether more payloads would tell it nothing. */
  get hasSeenEnough(): boolean {
    return this.#payloads >= SAMPLED_PAYLOADS;
  }

  add(payload: Uint8Array): void {
    if (this.hasSeenEnough || payload.length < MIN_PAYLOAD_BYTES) return;
    this.#payloads++;
    const length = Math.min(payload.length, SAMPLED_BYTES);
    this.#bytes += length;
    for (let at = 0; at < length; at++) countUp(this.#byteCounts, payload[at] ?? 0);
    countUp(this.#firstNibbleCounts, (payload[0] ?? 0) >> 4);
  }

  get looksEncrypted(): boolean {
    if (this.#payloads < MIN_SAMPLED_PAYLOADS) return false;
    const freedom = BYTE_VALUES - 1;
    const deviations =
      (chiSquare(this.#byteCounts, this.#bytes) - freedom) / Math.sqrt(2 * freedom);
    return (
      deviations < MAX_BYTE_DEVIATIONS &&
      chiSquare(this.#firstNibbleCounts, this.#payloads) < MAX_FIRST_NIBBLE_CHI_SQUARE
    );
  }
}

function countUp(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

/** Against counts that are all the same. */
function chiSquare(counts: Uint32Array, total: number): number {
  const expected = total / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
