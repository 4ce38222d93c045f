import { describe, expect, it } from 'vitest';
import { EarshotError } from '../../src/index.js';
import { listStreams, readCapture, replay, writePcap } from '../../src/replay/index.js';
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
import { eventLog, legacyEventLog } from '../helpers/event-log-bytes.js';
import { mutate } from '../helpers/mutate.js';
import { mjrFile, rtpdumpText, rtpproxyFile, untimedMjrFile } from '../helpers/recording-bytes.js';

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

const SRTP = { keys: ['00'.repeat(30)] };
/** Keys are searched for a while: not on every seed. */
const SRTP_EVERY = 16;

/** What came of a capture: the code of its error, or `replayed`; of one without payloads, `listed`. */
async function outcomeOf(bytes: Buffer, seed: number): Promise<string> {
  try {
    const { streams, counts } = listStreams(readCapture(bytes, 'hostile.bin'));
    const packets = streams.reduce((sum, stream) => sum + stream.packets, 0);
    expect(packets).toBeLessThanOrEqual(counts.datagrams);
    for (const { lossRatio, jitterMs } of streams) {
      expect(lossRatio).toBeGreaterThanOrEqual(0);
      expect(lossRatio).toBeLessThan(1);
      expect(jitterMs?.max ?? 0).toBeGreaterThanOrEqual(jitterMs?.mean ?? 0);
    }
    if (seed % SRTP_EVERY === 0) {
      // No key fits these bytes: nothing comes out as if one did.
      const opened = listStreams(readCapture(bytes, 'hostile.bin', { srtp: SRTP }));
      for (const { headersOnly, packets: all } of opened.streams) expect(headersOnly).toBe(all);
    }
    if (counts.headersOnly > 0 && counts.headersOnly === packets) return 'listed';
    const { audio, capture } = await replay(readCapture(bytes, 'hostile.bin'));
    // What is filled is bounded by 2 s a gap, whatever time the bytes claim.
    expect(audio.emittedMs).toBeLessThanOrEqual((capture.datagrams + 1) * 2200);
    return 'replayed';
  } catch (error) {
    if (!(error instanceof EarshotError)) throw new Error(`seed ${seed}`, { cause: error });
    const named =
      error.code === 'EARSHOT_BAD_CAPTURE'
        ? /^hostile\.bin, byte \d+: [^\n]+$/
        : /^hostile\.bin: (no stream that can be played|the payload of \d+ of)[^\n]+$/;
    expect(error.message, `seed ${seed}`).toMatch(named);
    expect(['EARSHOT_BAD_CAPTURE', 'EARSHOT_NO_STREAM'], `seed ${seed}`).toContain(error.code);
    return error.code;
  }
}

describe('seventeen thousand mutated captures end in an error with its place, or in what could be read', () => {
  const MUTATIONS = 1700;
  const BASE_SEED = 20_260;

  it.each([
    ['pcap', writePcap(PACKETS)],
    ['pcapng', PCAPNG],
    ['rtpdump', RTPDUMP],
    ['rtpdump in hexadecimal', Buffer.from(rtpdumpText(PACKETS, 'hex'))],
    ['rtpdump in ASCII', Buffer.from(rtpdumpText(PACKETS, 'ascii'))],
    ['rtpproxy', rtpproxyFile(PACKETS)],
    ['mjr', mjrFile(PACKETS, { t: 'a', c: 'opus' })],
    ['mjr without times', untimedMjrFile(PACKETS, { t: 'a', c: 'opus' })],
    ['RTC event log', legacyEventLog(PACKETS)],
    ['RTC event log in batches', eventLog([PACKETS.slice(0, 9), PACKETS.slice(9)])],
  ])(
    `%s, seeds from ${BASE_SEED}`,
    async (_, original) => {
      const whole = await outcomeOf(original, 0);
      expect(['replayed', 'listed']).toContain(whole);
      const outcomes = new Map<string, number>();
      for (let seed = BASE_SEED; seed < BASE_SEED + MUTATIONS; seed++) {
        const outcome = await outcomeOf(mutate(original, new Random(deriveSeed(seed, 1))), seed);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      // The mutations are of use only if they reach both the readers' checks and the engine.
      expect(outcomes.get('EARSHOT_BAD_CAPTURE')).toBeGreaterThan(MUTATIONS / 20);
      expect(outcomes.get(whole)).toBeGreaterThan(MUTATIONS / 20);
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
    ['mjr', Buffer.from('MJR00002')],
    ['an RTC event log', Buffer.from('0a06080110011801', 'hex')],
    ['an RTC event log in batches', Buffer.from('8201060801100218', 'hex')],
    ['rtpdump as text', Buffer.from('1.000000 RTP len=20 from=')],
    ['nothing known', Buffer.alloc(0)],
  ])('end in an error behind the signature of %s', async (_, signature) => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const noise = Buffer.from(Array.from({ length: random.below(600) }, () => random.below(256)));
      expect(await outcomeOf(Buffer.concat([signature, noise]), seed)).not.toBe('replayed');
    }
  });
});
