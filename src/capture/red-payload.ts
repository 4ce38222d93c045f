/** The newest audio of a RED payload. */
export interface RedPrimary {
  readonly payloadType: number;
  readonly data: Uint8Array;
}

const MORE_FOLLOW = 0x80;
const BLOCK_HEADER_BYTES = 4;
/** Copies that a packet may carry; more than any sender's. */
const MAX_COPIES = 16;

/** The primary block of a payload that has the form of RED (RFC 2198 3). */
export function redPrimaryOf(payload: Uint8Array): RedPrimary | undefined {
  let at = 0;
  let copiesBytes = 0;
  for (let copies = 0; copies <= MAX_COPIES; copies++) {
    const first = payload[at];
    if (first === undefined) return undefined;
    if ((first & MORE_FOLLOW) === 0) {
      const start = at + 1 + copiesBytes;
      // A primary block of nothing is no audio.
      if (start >= payload.length) return undefined;
      return { payloadType: first, data: payload.subarray(start) };
    }
    copiesBytes += (((payload[at + 2] ?? 0) & 0x03) << 8) | (payload[at + 3] ?? 0);
    at += BLOCK_HEADER_BYTES;
  }
  return undefined;
}
