/** Opus packets of one length, as they are put into a file. */
export interface OggOpusContent {
  readonly packets: readonly Uint8Array[];
  /** Audio of a packet, 48 kHz samples. */
  readonly packetSamples: number;
  /** Samples at 48 kHz that a player leaves out at the start (RFC 7845 4.2). */
  readonly preSkipSamples: number;
  /** Samples at 48 kHz it plays behind them; what the packets hold beyond that is cut. */
  readonly playedSamples: number;
}

const SERIAL = 0x65617273;
const BEGINS = 2;
const ENDS = 4;
const MAX_SEGMENTS = 255;
const SAMPLE_RATE_HZ = 48_000;
const VENDOR = 'earshot';

/** An Ogg file (RFC 3533) of one mono Opus stream (RFC 7845). */
export function oggOpus(content: OggOpusContent): Uint8Array<ArrayBuffer> {
  const pages = [
    page([idHeader(content.preSkipSamples)], { flags: BEGINS, granule: 0, number: 0 }),
    page([tagsHeader()], { flags: 0, granule: 0, number: 1 }),
  ];
  const { packets, packetSamples, preSkipSamples, playedSamples } = content;
  for (let from = 0; from < packets.length; ) {
    let to = from;
    let segments = 0;
    while (to < packets.length) {
      const wanted = segmentsOf((packets[to] as Uint8Array).length);
      if (to > from && segments + wanted > MAX_SEGMENTS) break;
      segments += wanted;
      to++;
    }
    const isLast = to === packets.length;
    const granule = isLast ? preSkipSamples + playedSamples : to * packetSamples;
    const flags = isLast ? ENDS : 0;
    pages.push(page(packets.slice(from, to), { flags, granule, number: pages.length }));
    from = to;
  }
  return join(pages);
}

/** A packet ends with a segment of less than 255 bytes, an empty one if need be (RFC 3533 5). */
function segmentsOf(bytes: number): number {
  return Math.floor(bytes / 255) + 1;
}

function page(
  packets: readonly Uint8Array[],
  { flags, granule, number }: { flags: number; granule: number; number: number },
): Uint8Array {
  const lacing = packets.flatMap(({ length }) => [
    ...new Array<number>(Math.floor(length / 255)).fill(255),
    length % 255,
  ]);
  const header = new Uint8Array(27 + lacing.length);
  const view = new DataView(header.buffer);
  header.set(ascii('OggS'), 0);
  view.setUint8(5, flags);
  view.setBigUint64(6, BigInt(granule), true);
  view.setUint32(14, SERIAL, true);
  view.setUint32(18, number, true);
  view.setUint8(26, lacing.length);
  header.set(lacing, 27);
  const whole = join([header, ...packets]);
  new DataView(whole.buffer).setUint32(22, checksum(whole), true);
  return whole;
}

function idHeader(preSkipSamples: number): Uint8Array {
  const header = new Uint8Array(19);
  const view = new DataView(header.buffer);
  header.set(ascii('OpusHead'), 0);
  view.setUint8(8, 1); // version
  view.setUint8(9, 1); // channels
  view.setUint16(10, preSkipSamples, true);
  view.setUint32(12, SAMPLE_RATE_HZ, true);
  return header;
}

function tagsHeader(): Uint8Array {
  const header = new Uint8Array(8 + 4 + VENDOR.length + 4);
  header.set(ascii('OpusTags'), 0);
  new DataView(header.buffer).setUint32(8, VENDOR.length, true);
  header.set(ascii(VENDOR), 12);
  return header;
}

function ascii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** RFC 3533 6: generator 0x04c11db7, first bit first, nothing inverted. */
const CRC_TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 0x80000000 ? (remainder << 1) ^ 0x04c11db7 : remainder << 1;
  }
  return remainder >>> 0;
});

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum << 8) ^ (CRC_TABLE[((sum >>> 24) ^ byte) & 0xff] as number);
  return sum >>> 0;
}
