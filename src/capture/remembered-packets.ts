import type { OpusPacketInfo } from '../receiver/rtp-packet.js';
import { ByteCursor, type ByteSource } from './byte-cursor.js';
import type { CapturedPacket, StreamAddress } from './captured-packet.js';

/** Most packets that are remembered, nearly six hours of 20 ms frames: 57 MiB. */
const MAX_PACKETS = 1 << 20;
const BLOCK_PACKETS = 1 << 12;
/** Stands for a port that the capture does not tell. */
const NO_PORT = -1;
const MARKER = 1;
const LBRR = 2;
const DTX = 4;

/** Columns of packets, 57 bytes for each. */
class Block {
  readonly timesUs = new Float64Array(BLOCK_PACKETS);
  readonly dataOffsets = new Float64Array(BLOCK_PACKETS);
  /** From where a record begins to where the packet in it does. */
  readonly leads = new Uint32Array(BLOCK_PACKETS);
  readonly lengths = new Uint32Array(BLOCK_PACKETS);
  readonly sourcePorts = new Int32Array(BLOCK_PACKETS);
  readonly destinationPorts = new Int32Array(BLOCK_PACKETS);
  readonly ssrcs = new Uint32Array(BLOCK_PACKETS);
  readonly timestamps = new Uint32Array(BLOCK_PACKETS);
  readonly payloadOffsets = new Uint32Array(BLOCK_PACKETS);
  readonly payloadLengths = new Uint32Array(BLOCK_PACKETS);
  readonly sequenceNumbers = new Uint16Array(BLOCK_PACKETS);
  /** 0 where the payload cannot be Opus. */
  readonly durations = new Uint16Array(BLOCK_PACKETS);
  readonly frames = new Uint16Array(BLOCK_PACKETS);
  readonly payloadTypes = new Uint8Array(BLOCK_PACKETS);
  readonly flags = new Uint8Array(BLOCK_PACKETS);
}

/**
 * Where the RTP packets of a capture lie in its file, front to back, and what their headers told, so that a second pass
 * need neither look for them nor into them.
 */
export class RememberedPackets {
  readonly #blocks: Block[] = [];
  #length = 0;

  /**
   * Takes the next packet of a pass.
   *
   * @returns whether it could: not for one whose bytes the file does not hold as they are, nor for one too many
   */
  add(packet: CapturedPacket): boolean {
    const { header, data, dataOffset, payloadBytes } = packet;
    if (dataOffset === undefined || payloadBytes !== undefined) return false;
    if (this.#length === MAX_PACKETS) return false;
    const at = this.#length++ % BLOCK_PACKETS;
    if (at === 0) this.#blocks.push(new Block());
    const block = this.#blocks.at(-1) as Block;
    block.timesUs[at] = packet.atUs;
    block.dataOffsets[at] = dataOffset;
    block.leads[at] = dataOffset - packet.offset;
    block.lengths[at] = data.length;
    block.sourcePorts[at] = packet.sourcePort ?? NO_PORT;
    block.destinationPorts[at] = packet.destinationPort ?? NO_PORT;
    block.ssrcs[at] = header.ssrc;
    block.timestamps[at] = header.timestamp;
    block.payloadOffsets[at] = header.payloadOffset;
    block.payloadLengths[at] = header.payloadLength;
    block.sequenceNumbers[at] = header.sequenceNumber;
    block.payloadTypes[at] = header.payloadType;
    const { opus } = header;
    block.durations[at] = opus?.durationTicks ?? 0;
    block.frames[at] = opus?.frameTicks ?? 0;
    block.flags[at] =
      (header.marker ? MARKER : 0) |
      (opus?.hasLbrr === true ? LBRR : 0) |
      (opus?.isDtx === true ? DTX : 0);
    return true;
  }

  /** The packets as they were added, all or those of one stream, their bytes read anew. */
  read(open: () => ByteSource, stream?: StreamAddress): Iterable<CapturedPacket> {
    const [blocks, length] = [this.#blocks, this.#length];
    return { [Symbol.iterator]: () => new RememberedPass(blocks, length, open(), stream) };
  }
}

/** No generator, as in captured-packet.ts. */
class RememberedPass implements Iterator<CapturedPacket> {
  readonly #blocks: readonly Block[];
  readonly #length: number;
  readonly #source: ByteSource;
  readonly #cursor: ByteCursor;
  readonly #stream: StreamAddress | undefined;
  #index = 0;

  constructor(
    blocks: readonly Block[],
    length: number,
    source: ByteSource,
    stream: StreamAddress | undefined,
  ) {
    this.#blocks = blocks;
    this.#length = length;
    this.#source = source;
    this.#cursor = new ByteCursor(source);
    this.#stream = stream;
  }

  next(): IteratorResult<CapturedPacket, undefined> {
    while (this.#index < this.#length) {
      const block = this.#blocks[Math.floor(this.#index / BLOCK_PACKETS)] as Block;
      const at = this.#index++ % BLOCK_PACKETS;
      if (this.#stream !== undefined && !isOf(this.#stream, block, at)) continue;
      return { done: false, value: packetOf(block, at, this.#bytesOf(block, at)) };
    }
    return this.return();
  }

  return(): IteratorResult<CapturedPacket, undefined> {
    this.#source.close();
    return { done: true, value: undefined };
  }

  #bytesOf(block: Block, at: number): Uint8Array {
    const cursor = this.#cursor;
    try {
      cursor.skip((block.dataOffsets[at] as number) - cursor.offset, 'a packet');
      return cursor.takeBytes(block.lengths[at] as number, 'a packet');
    } catch (error) {
      this.#source.close();
      throw error;
    }
  }
}

function isOf(stream: StreamAddress, block: Block, at: number): boolean {
  return (
    block.ssrcs[at] === stream.ssrc &&
    block.sourcePorts[at] === (stream.sourcePort ?? NO_PORT) &&
    block.destinationPorts[at] === (stream.destinationPort ?? NO_PORT)
  );
}

/**
 * Gives the packets of a pass on, and remembers them.
 *
 * @param onWhole - called at the end of a pass all of whose packets could be remembered
 */
export function remembering(
  packets: Iterable<CapturedPacket>,
  onWhole: (remembered: RememberedPackets) => void,
): Iterable<CapturedPacket> {
  return { [Symbol.iterator]: () => new Remembering(packets[Symbol.iterator](), onWhole) };
}

/** No generator, as in captured-packet.ts. */
class Remembering implements Iterator<CapturedPacket> {
  readonly #packets: Iterator<CapturedPacket>;
  readonly #onWhole: (remembered: RememberedPackets) => void;
  #remembered: RememberedPackets | undefined = new RememberedPackets();

  constructor(packets: Iterator<CapturedPacket>, onWhole: (remembered: RememberedPackets) => void) {
    this.#packets = packets;
    this.#onWhole = onWhole;
  }

  next(): IteratorResult<CapturedPacket, undefined> {
    const step = this.#packets.next();
    if (step.done === true) {
      if (this.#remembered !== undefined) this.#onWhole(this.#remembered);
      return { done: true, value: undefined };
    }
    if (this.#remembered?.add(step.value) === false) this.#remembered = undefined;
    return step;
  }

  return(): IteratorResult<CapturedPacket, undefined> {
    this.#packets.return?.();
    return { done: true, value: undefined };
  }
}

function packetOf(block: Block, at: number, data: Uint8Array): CapturedPacket {
  const dataOffset = block.dataOffsets[at] as number;
  const flags = block.flags[at] as number;
  return {
    atUs: block.timesUs[at] as number,
    data,
    payloadBytes: undefined,
    sourcePort: portOf(block.sourcePorts[at] as number),
    destinationPort: portOf(block.destinationPorts[at] as number),
    offset: dataOffset - (block.leads[at] as number),
    dataOffset,
    header: {
      payloadType: block.payloadTypes[at] as number,
      marker: (flags & MARKER) !== 0,
      sequenceNumber: block.sequenceNumbers[at] as number,
      timestamp: block.timestamps[at] as number,
      ssrc: block.ssrcs[at] as number,
      payloadOffset: block.payloadOffsets[at] as number,
      payloadLength: block.payloadLengths[at] as number,
      opus: block.durations[at] === 0 ? undefined : opusOf(block, at, flags),
    },
  };
}

function opusOf(block: Block, at: number, flags: number): OpusPacketInfo {
  return {
    durationTicks: block.durations[at] as number,
    frameTicks: block.frames[at] as number,
    hasLbrr: (flags & LBRR) !== 0,
    isDtx: (flags & DTX) !== 0,
  };
}

function portOf(port: number): number | undefined {
  return port === NO_PORT ? undefined : port;
}
