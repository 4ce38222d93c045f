import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DatagramPlace } from '../../src/capture/captured-datagram.js';
import type { CapturedPacket } from '../../src/capture/captured-packet.js';
import { PacketBatch } from '../../src/capture/packet-columns.js';
import { RememberedPackets } from '../../src/capture/remembered-packets.js';
import { buildRtp } from '../../src/index.js';
import { inspectRtp } from '../../src/receiver/rtp-packet.js';
import { type Capture, openCapture, readCapture } from '../../src/replay/index.js';
import { ethernet, ipv4, pcapFile, udp } from '../helpers/capture-bytes.js';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures');
const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const folder = mkdtempSync(join(tmpdir(), 'earshot-remembered-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Kept beyond the pass they were given in. */
function kept(packets: Iterable<CapturedPacket>): CapturedPacket[] {
  return [...packets].map((packet) => ({ ...packet, data: Uint8Array.from(packet.data) }));
}

/** What its datagrams are, each looked at by itself. */
function packetsAmong(capture: Capture): CapturedPacket[] {
  return [...capture].flatMap((datagram) => {
    const header = inspectRtp(datagram.data);
    return header === undefined ? [] : [{ ...datagram, header }];
  });
}

function batchOf(place: Partial<DatagramPlace>): PacketBatch {
  const batch = new PacketBatch();
  const one = { offset: 24, dataOffset: 40, length: 14, ...place };
  while (!batch.isFull) batch.columns.add(Object.assign(new DatagramPlace(), one));
  return batch;
}

function packet(seconds: number, ssrc: number, port = 5000): Parameters<typeof pcapFile>[0][0] {
  const header = { payloadType: 111, sequenceNumber: seconds, timestamp: seconds, ssrc };
  const rtp = buildRtp(header, Uint8Array.of(0xf8, seconds));
  return { seconds, ticks: 0, data: ethernet(ipv4(udp(Buffer.from(rtp), 4000, port))) };
}

/** Makes a fresh look at the first record find no IP any more. */
function spoilFirstRecord(file: Buffer): void {
  file.writeUInt16BE(0x0806, PCAP_HEADER_BYTES + RECORD_HEADER_BYTES + 12);
}

function numbersOf(capture: Capture): number[] {
  return [...capture.packets()].map(({ header }) => header.sequenceNumber);
}

describe('a second pass over the packets of a capture', () => {
  it.each([
    'captures/clean.pcap',
    'captures/dtx.pcap',
    'captures/frames60.pcap',
    'captures/loss5-fec.pcap',
    'captures/short.pcapng',
    'captures/short.rtpdump',
    'recordings/cooked.pcap',
    'recordings/cooked-2.pcapng',
    'recordings/janus-streaming.mjr',
    'recordings/chromium-event.log',
  ])('gives those of the first: %s', (file) => {
    const path = join(FIXTURES, file);
    const capture = openCapture(path);
    const first = kept(capture.packets());
    const { counts } = capture;

    expect(first.length).toBeGreaterThan(0);
    expect(first).toEqual(kept(packetsAmong(openCapture(path))));
    expect(kept(capture.packets())).toEqual(first);
    expect(capture.counts).toEqual(counts);
  });

  it('tells where in the file a packet stands', () => {
    for (const file of ['short.pcapng', 'short.rtpdump', 'clean.pcap']) {
      const bytes = readFileSync(join(FIXTURES, 'captures', file));
      for (const { data, dataOffset = Number.NaN } of readCapture(bytes, file).packets()) {
        expect(bytes.subarray(dataOffset, dataOffset + data.length).equals(data)).toBe(true);
      }
    }
  });

  it('gives one stream where one is asked for, behind a first pass and without', () => {
    const file = pcapFile([packet(1, 7), packet(2, 8), packet(3, 7, 6000), packet(4, 7)]);
    const stream = { ssrc: 7, sourcePort: 4000, destinationPort: 5000 };
    const capture = readCapture(file, 'x');
    const fresh = kept(capture.packets(stream));

    expect(fresh.map(({ header }) => header.sequenceNumber)).toEqual([1, 4]);
    expect(numbersOf(capture)).toEqual([1, 2, 3, 4]);
    expect(kept(capture.packets(stream))).toEqual(fresh);
  });

  it('looks for them no more', () => {
    const file = pcapFile([packet(1, 7), packet(2, 7)]);
    const capture = readCapture(file, 'x');
    expect(numbersOf(capture)).toEqual([1, 2]);
    spoilFirstRecord(file);

    expect(numbersOf(capture)).toEqual([1, 2]);
    expect(numbersOf(readCapture(file, 'x'))).toEqual([2]);
  });

  it('looks for them again when the first was not finished, or they did not stand as they came', () => {
    const sorted = pcapFile([packet(1, 7), packet(2, 7)]);
    const unfinished = readCapture(sorted, 'x');
    for (const _ of unfinished.packets()) break;
    const mixed = pcapFile([packet(2, 7), packet(1, 7)]);
    const moved = readCapture(mixed, 'x');
    expect(numbersOf(moved)).toEqual([1, 2]);
    for (const file of [sorted, mixed]) spoilFirstRecord(file);

    expect(numbersOf(unfinished)).toEqual([2]);
    expect(numbersOf(moved)).toEqual([1]);
  });

  it('gives what stands before damage, and then says what is wrong', () => {
    const day = 24 * 3600;
    const file = pcapFile([packet(1, 7), packet(2, 7), { ...packet(3, 7), seconds: 4 + day }]);
    using cursor = readCapture(file, 'x').cursor();

    expect([cursor.next(), cursor.sequenceNumber]).toEqual([true, 1]);
    expect([cursor.next(), cursor.sequenceNumber]).toEqual([true, 2]);
    for (let again = 0; again < 2; again++) {
      expect(() => cursor.next()).toThrow('a packet 24 hours after the one before');
    }
  });

  it('names the place where a file ends that was cut meanwhile', () => {
    const path = join(folder, 'cut.pcap');
    const file = pcapFile([packet(1, 7), packet(2, 7)]);
    writeFileSync(path, file);
    const capture = openCapture(path);
    expect(numbersOf(capture)).toEqual([1, 2]);
    truncateSync(path, file.length - 1);

    expect(() => numbersOf(capture)).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_CAPTURE',
        message: expect.stringContaining(`byte ${file.length - 14}: a packet needs 14 bytes`),
      }),
    );
  });
});

describe('remembered packets', () => {
  it('are a million at most, whole, and stand in the file as they are', () => {
    const remembered = new RememberedPackets();

    expect(remembered.add(batchOf({ payloadBytes: 2 }))).toBe(false);
    expect(remembered.add(batchOf({ dataOffset: undefined }))).toBe(false);
    const whole = batchOf({});
    for (let packets = 0; packets < 1 << 20; packets += PacketBatch.CAPACITY) {
      expect(remembered.add(whole)).toBe(true);
    }
    expect(remembered.add(whole)).toBe(false);
  });
});
