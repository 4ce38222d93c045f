import { describe, expect, it } from 'vitest';
import { EarshotError } from '../../src/index.js';
import { readCapture, replay, writePcap } from '../../src/replay/index.js';
import { talk } from '../../src/simulate/index.js';
import { deriveSeed, Random } from '../../src/simulate/random.js';
import { fixtureCall } from '../helpers/call.js';
import {
  enhancedPacket,
  ethernet,
  interfaceBlock,
  ipv4,
  option,
  rtpdumpFile,
  sectionHeader,
  udp,
} from '../helpers/capture-bytes.js';

// Small captures, so that a change hits a header as often as a payload.
const PACKETS = talk(fixtureCall().pcm.subarray(32_000, 32_000 + 16 * 320), {
  sampleRateHz: 16_000,
  bitrateBps: 12_000,
  fec: 'on',
  ssrc: 77,
});
const PCAPNG = Buffer.concat([
  sectionHeader('big'),
  interfaceBlock('big', 1, [option('big', 9, Uint8Array.of(9))]),
  ...PACKETS.slice(0, 8).map(({ atUs, data }) =>
    enhancedPacket('big', { ticks: BigInt(atUs) * 1000n, data: ethernet(ipv4(udp(data))) }),
  ),
  sectionHeader('little'),
  interfaceBlock('little', 101),
  ...PACKETS.slice(8).map(({ atUs, data }) =>
    enhancedPacket('little', { ticks: BigInt(atUs), data: ipv4(udp(data)) }),
  ),
]);
const RTPDUMP = rtpdumpFile(PACKETS.map(({ atUs, data }) => ({ atMs: atUs / 1000, data })));

/** Sizes and numbers that break readers: none, one, signs, all ones, just under and over. */
const NASTY = [
  0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

function mutate(original: Buffer, random: Random): Buffer {
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

/** What came of a capture: the code of its error, or `replayed`. */
async function outcomeOf(bytes: Buffer, seed: number): Promise<string> {
  try {
    const { audio, capture } = await replay(readCapture(bytes, 'hostile.bin'));
    // What is filled is bounded by 2 s a gap, whatever time the bytes claim.
    expect(audio.emittedMs).toBeLessThanOrEqual((capture.datagrams + 1) * 2200);
    return 'replayed';
  } catch (error) {
    if (!(error instanceof EarshotError)) throw new Error(`seed ${seed}`, { cause: error });
    const named =
      error.code === 'EARSHOT_BAD_CAPTURE'
        ? /^hostile\.bin, byte \d+: [^\n]+$/
        : /^hostile\.bin: no stream that can be played[^\n]+$/;
    expect(error.message, `seed ${seed}`).toMatch(named);
    expect(['EARSHOT_BAD_CAPTURE', 'EARSHOT_NO_STREAM'], `seed ${seed}`).toContain(error.code);
    return error.code;
  }
}

describe('ten thousand mutated captures end in an error with its place, or in what could be read', () => {
  const MUTATIONS = 3400;
  const BASE_SEED = 20_260;

  it.each([
    ['pcap', writePcap(PACKETS)],
    ['pcapng', PCAPNG],
    ['rtpdump', RTPDUMP],
  ])(
    `%s, seeds from ${BASE_SEED}`,
    async (_, original) => {
      expect(await outcomeOf(original, 0)).toBe('replayed');
      const outcomes = new Map<string, number>();
      for (let seed = BASE_SEED; seed < BASE_SEED + MUTATIONS; seed++) {
        const outcome = await outcomeOf(mutate(original, new Random(deriveSeed(seed, 1))), seed);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      // The mutations are of use only if they reach both the readers' checks and the engine.
      expect(outcomes.get('EARSHOT_BAD_CAPTURE')).toBeGreaterThan(MUTATIONS / 20);
      expect(outcomes.get('replayed')).toBeGreaterThan(MUTATIONS / 20);
    },
    // A hang is a failure; under the sanitizers everything is some ten times slower.
    300_000,
  );
});

describe('bytes that are no capture at all', () => {
  it.each([
    ['pcap', Buffer.from('d4c3b2a1', 'hex')],
    ['pcapng', Buffer.from('0a0d0d0a', 'hex')],
    ['rtpdump', Buffer.from('#!rtpplay1.0 x\n')],
    ['nothing known', Buffer.alloc(0)],
  ])('end in an error behind the signature of %s', async (_, signature) => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const noise = Buffer.from(Array.from({ length: random.below(600) }, () => random.below(256)));
      expect(await outcomeOf(Buffer.concat([signature, noise]), seed)).not.toBe('replayed');
    }
  });
});
