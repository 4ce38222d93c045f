import { describe, expect, it } from 'vitest';
import { inArrivalOrder } from '../../src/capture/arrival-order.js';
import { type CaptureRecord, ownBytes } from '../../src/capture/record.js';
import { readCapture } from '../../src/replay/index.js';
import { Random } from '../../src/simulate/index.js';
import { ethernet, ipv4, pcapFile, udp } from '../helpers/capture-bytes.js';

function record(timeUs: number, offset: number, bytes = 1): CaptureRecord {
  const data = ownBytes(new Uint8Array(bytes));
  return { timeUs, linkLayer: 'udp-payload', ...data, originalBytes: bytes, offset };
}

function atSeconds(...seconds: readonly number[]): Buffer {
  const data = ethernet(ipv4(udp(Buffer.from('voice'))));
  return pcapFile(seconds.map((one) => ({ seconds: one, ticks: 0, data })));
}

describe('records', () => {
  it.each([1, 2, 3])('that are mixed up within the window come out sorted (seed %d)', (seed) => {
    const random = new Random(seed);
    const records = Array.from({ length: 5000 }, (_, i) =>
      record(i * 20 + random.below(10_000), i),
    );

    const ordered = [...inArrivalOrder(records)];

    expect(ordered).toEqual([...records].sort((a, b) => a.timeUs - b.timeUs));
  });

  it('of one time stay as they stand in the file', () => {
    const records = Array.from({ length: 3000 }, (_, i) => record(7, i));
    expect([...inArrivalOrder(records)].map(({ offset }) => offset)).toEqual(
      records.map(({ offset }) => offset),
    );
  });

  it.each([
    ['small', 10_000, 40],
    ['as large as they can be', 100, 1 << 20],
  ])('are kept back in bounded number and size when they are %s', (_, count, bytes) => {
    let waiting = 0;
    let most = 0;
    function* source(): Generator<CaptureRecord> {
      for (let i = 0; i < count; i++) {
        most = Math.max(most, ++waiting);
        yield record(count - i, i, bytes);
      }
    }
    for (const _ of inArrivalOrder(source())) waiting--;

    expect(waiting).toBe(0);
    expect(most).toBeLessThanOrEqual(1026);
    expect(most * bytes).toBeLessThanOrEqual(18 << 20);
  });

  it('count from the first in time, not from the first in the file', () => {
    const capture = readCapture(atSeconds(11, 10, 12), 'x');
    expect([...capture].map(({ atUs }) => atUs)).toEqual([0, 1_000_000, 2_000_000]);
    expect(capture.counts.outOfOrder).toBe(0);
  });

  it('that come too late to be sorted take the time of the one before, and are counted', () => {
    const seconds = [...Array.from({ length: 1100 }, (_, i) => 1000 + i), 1];
    const capture = readCapture(atSeconds(...seconds), 'x');
    const times = [...capture].map(({ atUs }) => atUs);

    expect(times).toHaveLength(1101);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(capture.counts.outOfOrder).toBe(1);
  });

  it('a day apart are a pause, more is a damaged clock', () => {
    const day = 24 * 3600;
    expect([...readCapture(atSeconds(0, day), 'x')]).toHaveLength(2);
    expect(() => [...readCapture(atSeconds(0, day + 1), 'x')]).toThrow(
      'x, byte 87: a packet 24 hours after the one before: its time is damaged',
    );
  });
});

describe('a file that is no capture', () => {
  it.each([
    ['empty', Buffer.alloc(0), 'the file is empty'],
    ['a WAV file', Buffer.from('RIFF1234WAVE'), 'WAV; it holds sound'],
    ['one byte', Buffer.from([0xd4]), 'begins with d4'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip data; gunzip it first'],
    ['zip', Buffer.from('PK\x03\x04zeros'), 'a zip archive; unzip it first'],
  ])('is refused by what it begins with: %s', (_, bytes, what) => {
    expect(() => readCapture(bytes, 'x')).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_CAPTURE',
        message: expect.stringContaining(`x, byte 0: not a capture of a known format: ${what}`),
      }),
    );
  });
});
