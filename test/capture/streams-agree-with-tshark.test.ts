import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ListedStream, listStreams, openCapture } from '../../src/replay/index.js';
import { corpusFolder } from '../helpers/corpus.js';
import { needTshark, type TsharkStream, tsharkStreams } from '../helpers/tshark.js';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/captures');
const LONG_MS = 240_000;
/** tshark prints µs, and leaves packets with a marker out of mean and maximum: DTX has 2 % of them. */
const MEAN_JITTER_RATIO = 0.01;
const JITTER_MS = 0.005;
/** Where the greatest value is at such a packet, tshark shows the one behind it, which is a 16th less. */
const MAX_JITTER_RATIO: number = 1 / 15;
/** tshark counts from the first packet that came; one that was sent before it then makes up for a lost one. */
const MAX_BEFORE_FIRST = 16;

function expectAgreement(file: string): void {
  const { streams } = listStreams(openCapture(file));
  const told = tsharkStreams(file, dynamicRtpmaps(streams));
  expect(told.length, file).toBe(streams.length);
  expect(streams.length, file).toBeGreaterThan(0);
  for (const stream of streams) expectSame(file, stream, told);
}

function dynamicRtpmaps(streams: readonly ListedStream[]): Record<number, string> {
  return Object.fromEntries(
    streams
      .flatMap(({ payloadTypes }) => payloadTypes)
      .flatMap(({ payloadType, rtpmap }) =>
        payloadType >= 96 && rtpmap !== undefined ? [[payloadType, rtpmap]] : [],
      ),
  );
}

function expectSame(file: string, stream: ListedStream, told: readonly TsharkStream[]): void {
  const { ssrc, sourcePort, destinationPort, packets, lost, duplicates, reordered } = stream;
  const theirs = told.find(
    (one) =>
      one.ssrc === ssrc && one.sourcePort === sourcePort && one.destinationPort === destinationPort,
  );
  if (theirs === undefined) throw new Error(`${file}: tshark has no stream ${ssrc}`);
  expect(theirs.packets, file).toBe(packets);
  // Where a sender began anew tshark takes the old numbers for late ones, and ends below nothing lost.
  if (stream.restarts === 0) {
    const beforeFirst = lost - duplicates - theirs.lost;
    expect(beforeFirst, file).toBeGreaterThanOrEqual(0);
    expect(beforeFirst, file).toBeLessThanOrEqual(reordered > 0 ? MAX_BEFORE_FIRST : 0);
  }
  const { mean = Number.NaN, max = Number.NaN } = stream.jitterMs ?? {};
  expectNear(`${file}, mean`, mean, theirs.meanJitterMs, MEAN_JITTER_RATIO);
  expectNear(`${file}, max`, max, theirs.maxJitterMs, MAX_JITTER_RATIO);
}

function expectNear(what: string, mine: number, theirs: number, ratio: number): void {
  const isNear = Math.abs(mine - theirs) <= Math.max(JITTER_MS, ratio * theirs);
  expect(isNear, `${what}: ${mine} ms, tshark ${theirs} ms`).toBe(true);
}

describe('packets, loss and jitter are those that tshark counts', () => {
  it(
    'on the fixtures',
    (ctx) => {
      needTshark(ctx);
      for (const file of pcapsIn(FIXTURES)) expectAgreement(file);
    },
    LONG_MS,
  );

  it(
    'on the networks and calls of the corpus',
    (ctx) => {
      needTshark(ctx);
      const corpus = corpusFolder(ctx);
      for (const folder of ['netsim', 'calls']) {
        for (const file of pcapsIn(join(corpus, folder))) expectAgreement(file);
      }
    },
    LONG_MS,
  );

  it(
    'on real captures: twice, lost by half, begun anew, encrypted, of codecs that are not decoded',
    (ctx) => {
      needTshark(ctx);
      const folder = join(corpusFolder(ctx), 'captures', 'rtpproxy');
      // Named .rtp though they are pcap.
      for (const name of ['dups.a', 'lost.a', 'sess6.a', 'weird.a', 'srtp1.a']) {
        expectAgreement(join(folder, `${name}.rtp`));
      }
      expectAgreement(join(folder, 'alice_srtp.pcap'));
    },
    LONG_MS,
  );
});

function pcapsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.pcap'))
    .map((file) => join(folder, file));
}
