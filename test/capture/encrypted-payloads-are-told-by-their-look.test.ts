import { createCipheriv } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PayloadLook } from '../../src/capture/payload-look.js';
import { listStreams, openCapture } from '../../src/replay/index.js';
import { talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { corpusFolder } from '../helpers/corpus.js';

const PCM = fixtureCall().pcm;

function looksEncrypted(payloads: readonly Uint8Array[]): boolean {
  const look = new PayloadLook();
  for (const payload of payloads) look.add(payload);
  return look.looksEncrypted;
}

/** AES in counter mode: what SRTP makes of any payload. */
function noise(count: number, length: number, seed: number): Buffer[] {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16, seed));
  return Array.from({ length: count }, () => cipher.update(Buffer.alloc(length)));
}

function opus(bitrateBps: number, frameMs: 10 | 20 | 60): Uint8Array[] {
  const options = { sampleRateHz: 16_000, ssrc: 1, bitrateBps, frameMs } as const;
  return talk(PCM, options).map(({ data }) => data.subarray(12));
}

describe('payloads', () => {
  it.each([
    [160, 128],
    [170, 256],
    [60, 200],
    [30, 1000],
  ])('that were encrypted look so: %i bytes, %i packets, whatever the key', (length, count) => {
    for (let seed = 1; seed <= 100; seed++) {
      expect(looksEncrypted(noise(count, length, seed)), `seed ${seed}`).toBe(true);
    }
  });

  it.each([
    [12_000, 20],
    [32_000, 20],
    [64_000, 10],
    [24_000, 60],
  ] as const)('of Opus of %i bit/s and %i ms do not', (bitrateBps, frameMs) => {
    const payloads = opus(bitrateBps, frameMs);
    expect(looksEncrypted(payloads)).toBe(false);
    for (let from = 0; from + 128 <= payloads.length; from += 64) {
      expect(looksEncrypted(payloads.slice(from, from + 128)), `packets from ${from}`).toBe(false);
    }
  });

  it('of two seconds tell nothing yet', () => {
    expect(looksEncrypted(noise(100, 160, 1))).toBe(false);
  });
});

describe('streams of real captures', () => {
  it('are encrypted where they are SRTP, whatever the codec of the others', (ctx) => {
    const folder = join(corpusFolder(ctx), 'captures', 'rtpproxy');
    const isEncrypted = (file: string): boolean[] =>
      listStreams(openCapture(join(folder, file))).streams.map((stream) => stream.isEncrypted);
    for (const file of ['alice_srtp.pcap', 'srtp1.a.rtp'])
      expect(isEncrypted(file), file).toEqual([true]);
    for (const name of ['alaw', 'ulaw', 'g722', 'g729', 'gsm']) {
      expect(isEncrypted(`call1_${name}.a.rtp`), name).toEqual([false]);
    }
    for (const file of [
      'dups.a.rtp',
      'lost.a.rtp',
      'sess6.a.rtp',
      'weird.a.rtp',
      'sipit31.o.rtp',
    ]) {
      expect(isEncrypted(file), file).not.toContain(true);
    }
  });
});
