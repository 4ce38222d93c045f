import type { Random } from '../../src/simulate/random.js';

/** Sizes and numbers that break readers: none, one, signs, all ones, just under and over. */
const NASTY = [
  0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** The bytes with one to four changes of kinds that break readers. */
export function mutate(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original);
  const changes = 1 + random.below(4);
  for (let change = 0; change < changes && bytes.length > 8; change++) {
    const at = random.below(bytes.length - 4);
    const length = random.below(Math.min(64, bytes.length - at));
    switch (random.below(8)) {
      case 0: // one bit
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
        break;
      case 1: // one byte
        bytes.writeUInt8(random.below(256), at);
        break;
      case 2: // a number, at a place where formats have theirs
        bytes.writeUInt32LE(NASTY[random.below(NASTY.length)] ?? 0, at - (at % 4));
        break;
      case 3:
        bytes.writeUInt32BE(NASTY[random.below(NASTY.length)] ?? 0, at - (at % 4));
        break;
      case 4: // the end is missing
        bytes = bytes.subarray(0, at);
        break;
      case 5: // a piece is missing
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 6: // a piece stands twice
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 7: // a piece is noise
        for (let i = at; i < at + length; i++) bytes.writeUInt8(random.below(256), i);
        break;
    }
  }
  return bytes;
}
