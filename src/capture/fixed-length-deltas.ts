// Bits of the header (libwebrtc, logging/rtc_event_log/encoder/delta_encoding.cc at 257ed43).
const ENCODING_BITS = 2;
const WIDTH_BITS = 6;
const UNSIGNED_DELTAS = 0;
const DELTAS_WITH_PARAMETERS = 1;
/** Width of values where the header does not tell: such values only grow, and none of ours grows beyond 2^53. */
const DEFAULT_VALUE_BITS = 64;
const MAX_EXACT_BITS = 52;

/**
 * Values that an RTC event log tells as differences of one width, each to the one before; no bytes at all say that every
 * value is the base's.
 *
 * @param base - what the first difference is to; 0..2^52
 * @returns `count` values, `undefined` where the log has none; or `undefined` where the bytes are no such encoding
 */
export function decodeDeltas(
  bytes: Uint8Array,
  base: number,
  count: number,
): (number | undefined)[] | undefined {
  if (bytes.length === 0) return new Array<number>(count).fill(base);
  const bits = new BitReader(bytes);
  const encoding = bits.read(ENCODING_BITS);
  if (encoding !== UNSIGNED_DELTAS && encoding !== DELTAS_WITH_PARAMETERS) return undefined;
  const deltaBits = bits.read(WIDTH_BITS) + 1;
  const hasParameters = encoding === DELTAS_WITH_PARAMETERS;
  const isSigned = hasParameters && bits.read(1) === 1;
  const isOptional = hasParameters && bits.read(1) === 1;
  const valueBits = hasParameters ? bits.read(WIDTH_BITS) + 1 : DEFAULT_VALUE_BITS;
  if (deltaBits > MAX_EXACT_BITS || deltaBits > valueBits) return undefined;
  const neededBits = count * (isOptional ? 1 : deltaBits);
  if (neededBits > bits.remaining) return undefined;

  const exists = Array.from({ length: count }, () => !isOptional || bits.read(1) === 1);
  const deltaRange = 2 ** deltaBits;
  const valueRange = 2 ** Math.min(valueBits, MAX_EXACT_BITS);
  let value = base;
  const values: (number | undefined)[] = [];
  for (const isThere of exists) {
    if (!isThere) {
      values.push(undefined);
      continue;
    }
    if (bits.remaining < deltaBits) return undefined;
    const delta = bits.read(deltaBits);
    value += isSigned && delta >= deltaRange / 2 ? delta - deltaRange : delta;
    value = ((value % valueRange) + valueRange) % valueRange;
    values.push(value);
  }
  return values;
}

/** Bits in the order of their weight, the heaviest of a byte first. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return 8 * this.#bytes.length - this.#at;
  }

  /** @param count - 0..52; what lies behind the end is 0 */
  read(count: number): number {
    let value = 0;
    for (let left = count; left > 0; ) {
      const free = 8 - (this.#at & 7);
      const taken = Math.min(free, left);
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 ** taken + ((byte >> (free - taken)) & ((1 << taken) - 1));
      this.#at += taken;
      left -= taken;
    }
    return value;
  }
}
