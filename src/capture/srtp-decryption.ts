import { parseRtp } from '../receiver/rtp-packet.js';
import { SrtpContext, type SrtpParts } from './srtp-context.js';
import { parseSrtpKey, type SrtpKey, type SrtpSuite } from './srtp-key.js';

/** The keys of a call in SRTP. */
export interface SrtpKeys {
  /** As SDES writes them (`inline:` …, base64) or in hexadecimal: one for each direction, or one for both. */
  readonly keys: readonly string[];
  /** @defaultValue every suite that the key's length fits is tried */
  readonly suite?: SrtpSuite | undefined;
}

/** Rollovers tried for a stream that was captured from its middle on: a day of packets of 20 ms. */
const MAX_ROLLOVERS_TRIED = 66;
/** Packets of a stream, and trials in all, that they are tried on; then only the first is, so that noise costs little. */
const MAX_PACKETS_SEARCHED = 32;
const MAX_TRIALS = 200_000;
const SEQUENCE_NUMBERS = 0x10000;
/** More than any call has; a hostile capture could make up millions. */
const MAX_STREAMS = 4096;

/** How one stream is opened: found with its first packet that fits. */
interface StreamState {
  context: SrtpContext | undefined;
  rollovers: number;
  newestSequenceNumber: number;
  searched: number;
}

/** Decrypts the RTP of a capture, each stream by the key that fits it. */
export class SrtpDecryption {
  readonly #contexts: readonly SrtpContext[];
  readonly #streams = new Map<number, StreamState>();
  #trials = 0;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` for a key that is none */
  constructor({ keys, suite }: SrtpKeys) {
    this.#contexts = keys
      .flatMap((key): SrtpKey[] => parseSrtpKey(key, suite))
      .map((key) => new SrtpContext(key));
  }

  /** The packet in the clear; itself when it is no RTP; `undefined` when no key fits it. */
  open(packet: Uint8Array): Uint8Array | undefined {
    const parts = partsOf(packet);
    if (parts === undefined) return packet;
    const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
    const state = this.#stateOf(parts.ssrc);
    if (state === undefined) return undefined;
    return state.context === undefined
      ? this.#search(state, bytes, parts)
      : follow(state, state.context, bytes, parts);
  }

  #stateOf(ssrc: number): StreamState | undefined {
    let state = this.#streams.get(ssrc);
    if (state === undefined && this.#streams.size < MAX_STREAMS) {
      state = { context: undefined, rollovers: 0, newestSequenceNumber: 0, searched: 0 };
      this.#streams.set(ssrc, state);
    }
    return state;
  }

  #search(state: StreamState, packet: Buffer, parts: SrtpParts): Buffer | undefined {
    const isSearched = state.searched++ < MAX_PACKETS_SEARCHED && this.#trials < MAX_TRIALS;
    const tried = isSearched ? MAX_ROLLOVERS_TRIED : 1;
    this.#trials += tried * this.#contexts.length;
    for (let rollovers = 0; rollovers < tried; rollovers++) {
      for (const context of this.#contexts) {
        const opened = context.open(packet, parts, rollovers);
        if (opened === undefined) continue;
        state.context = context;
        state.rollovers = rollovers;
        state.newestSequenceNumber = parts.sequenceNumber;
        return opened;
      }
    }
    return undefined;
  }
}

/** Takes the packet's index to be the one nearest to the newest (RFC 3711 3.3.1). */
function follow(
  state: StreamState,
  context: SrtpContext,
  packet: Buffer,
  parts: SrtpParts,
): Buffer | undefined {
  const step = ((parts.sequenceNumber - state.newestSequenceNumber) << 16) >> 16;
  const index = state.rollovers * SEQUENCE_NUMBERS + state.newestSequenceNumber + step;
  const rollovers = Math.floor(index / SEQUENCE_NUMBERS);
  if (rollovers < 0) return undefined;
  const opened = context.open(packet, parts, rollovers);
  if (opened !== undefined && step > 0) {
    state.rollovers = rollovers;
    state.newestSequenceNumber = parts.sequenceNumber;
  }
  return opened;
}

function partsOf(packet: Uint8Array): SrtpParts | undefined {
  // An encrypted packet's padding length is not in the clear: what the bit says is no matter of the header.
  const first = packet[0] ?? 0;
  const isPadded = (first & 0x20) !== 0;
  const header = parseRtp(isPadded ? withoutPaddingBit(packet) : packet);
  if (header === undefined) return undefined;
  const { payloadOffset: headerBytes, ssrc, sequenceNumber } = header;
  return { headerBytes, ssrc, sequenceNumber };
}

function withoutPaddingBit(packet: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(packet);
  copy[0] = (copy[0] ?? 0) & ~0x20;
  return copy;
}
