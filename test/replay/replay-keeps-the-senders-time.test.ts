import { copyFileSync, linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCapture, readCapture, replay, writePcap } from '../../src/replay/index.js';
import { type TimedPacket, talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { decodeInSequence, firstDifference, replayer } from '../helpers/captures.js';

const run = replayer();
const FRAME_US = 20_000;
const FRAME_SAMPLES = 320;
const FRAME_TICKS = 960;
/** Five seconds of the call, speech in most of them. */
const CALL = talk(fixtureCall().pcm.subarray(16_000, 6 * 16_000), {
  sampleRateHz: 16_000,
  fec: 'on',
  ssrc: 9,
});

function capture(packets: readonly TimedPacket[]): ReturnType<typeof readCapture> {
  return readCapture(writePcap(packets), 'call.pcap');
}

function without(...lost: readonly number[]): TimedPacket[] {
  return CALL.filter((_, i) => !lost.includes(i));
}

describe('at the end of a capture', () => {
  it('what waits behind a hole comes out with the last packet', async () => {
    const { lines } = await run(capture(without(247, 248)));
    const endUs = 250 * FRAME_US - FRAME_US; // the first packet is at 0
    const rest = lines.filter(({ ts }) => ts >= 247 * FRAME_TICKS);

    expect(rest.map(({ ts }) => ts / FRAME_TICKS)).toEqual([247, 248, 249]);
    expect(rest.at(-1)).toMatchObject({ atUs: endUs, from: 'received' });
    for (const { atUs } of rest) expect(atUs).toBeLessThanOrEqual(endUs);
  });

  it('nothing is made up behind the last packet, even if it was cut off in mid-speech', async () => {
    const { lines, report } = await run(capture(CALL.slice(0, 75)));
    expect(lines).toHaveLength(75);
    expect(report.audio.provenanceMs).toMatchObject({ received: 1500, plc: 0 });
  });

  it('other streams that go on do not make it longer', async () => {
    const longer = CALL.map(({ atUs }, i) => ({
      atUs: atUs + 3_000_000,
      data: Buffer.alloc(9, i),
    }));
    const { lines } = await run(capture([...CALL, ...longer].sort((a, b) => a.atUs - b.atUs)));
    expect(lines).toHaveLength(CALL.length);
  });
});

describe('what arrives at one time', () => {
  it('is pushed before that time is polled: a burst that is mixed up loses nothing', async () => {
    const count = 97;
    const [first, ...others] = CALL.slice(0, count);
    // Each eight the other way round; more of them than are pushed at once.
    const mixed = others.map((_, i) => others[i - (i % 8) + 7 - (i % 8)]);
    const burst = [first, ...mixed].map((packet) => ({
      data: packet?.data ?? new Uint8Array(),
      atUs: 0,
    }));
    // Without any patience: a poll between two of them would give up what comes next.
    const { report, pcm } = await run(capture(burst), { deadlineMs: 0 });

    expect(report.audio.provenanceMs).toMatchObject({ received: count * 20, plc: 0, fec: 0 });
    expect(firstDifference(pcm, decodeInSequence(capture(CALL.slice(0, count))))).toBe(-1);
  });

  it.each([
    ['at its deadline is in time', 0, 'received'],
    ['a µs later is not', 1, 'plc'],
  ])('a packet that comes %s', async (_, lateUs, from) => {
    const plain = talk(fixtureCall().pcm.subarray(0, 32_000), { sampleRateHz: 16_000, ssrc: 9 });
    const held = plain.map(({ atUs, data }, i) => ({
      atUs: i === 50 ? atUs + 150_000 + lateUs : atUs,
      data,
    }));
    const { lines } = await run(capture(held.sort((a, b) => a.atUs - b.atUs)));

    const line = lines.find(({ ts }) => ts === 50 * FRAME_TICKS);
    expect(line).toMatchObject({ from, atUs: 50 * FRAME_US + 150_000 });
  });

  it('is bounded by what the engine holds, not by memory', async () => {
    const [packet] = CALL;
    const copies = Array.from({ length: 50_000 }, () => ({
      atUs: 0,
      data: packet?.data ?? new Uint8Array(),
    }));
    const { report } = await run(capture(copies));
    expect(report.packets).toMatchObject({ received: 1, duplicate: 49_999 });
  });
});

describe('the positions of the WAV are the sender’s', () => {
  it('behind a loss that is filled', async () => {
    const { pcm, lines } = await run(capture(without(100, 101, 102)));
    expect(pcm.length).toBe(CALL.length * FRAME_SAMPLES);
    expect(lines.find(({ ts }) => ts === 103 * FRAME_TICKS)?.from).toBe('received');
  });

  it('behind a gap that is too long to fill, which stays silent', async () => {
    // A sender that was mute for 10 s: its timestamps went on, its sequence numbers did not.
    const gapMs = 10_000;
    const later = talk(fixtureCall().pcm.subarray(16_000, 3 * 16_000), {
      sampleRateHz: 16_000,
      ssrc: 9,
      firstSequenceNumber: 50,
      firstTimestamp: 50 * FRAME_TICKS + gapMs * 48,
    }).map(({ atUs, data }) => ({ data, atUs: atUs + 50 * FRAME_US + gapMs * 1000 }));
    const { pcm, lines, report } = await run(capture([...CALL.slice(0, 50), ...later]));

    const gapEnd = 50 * FRAME_SAMPLES + gapMs * 16;
    expect(pcm.length).toBe(gapEnd + 100 * FRAME_SAMPLES);
    expect(lines.find(({ ts }) => ts === 50 * FRAME_TICKS + gapMs * 48)?.from).toBe('received');
    expect(report.packets.lost).toBe(0);
    // No more than 2 s were filled before the engine knew how long it would be; the rest holds nothing.
    expect(pcm.subarray(gapEnd - 7 * 16_000, gapEnd).every((sample) => sample === 0)).toBe(true);
  });
});

describe('what a replay writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-outputs-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const source = join(import.meta.dirname, '../../fixtures/captures/short.pcapng');

  it.each(['itself', 'a symbolic link', 'a hard link'])(
    'is never the capture: %s',
    async (kind) => {
      const path = join(folder, `${kind}.pcapng`);
      copyFileSync(source, path);
      const target = kind === 'itself' ? path : join(folder, `${kind}.wav`);
      if (kind === 'a symbolic link') symlinkSync(path, target);
      if (kind === 'a hard link') linkSync(path, target);

      for (const output of [{ wavPath: target }, { framesPath: target }]) {
        await expect(replay(openCapture(path), output)).rejects.toMatchObject({
          code: 'EARSHOT_BAD_OPTION',
          message: expect.stringContaining('it is the same file as'),
        });
      }
      expect(readFileSync(path).equals(readFileSync(source))).toBe(true);
    },
  );

  it('is two files', async () => {
    const path = join(folder, 'both');
    const outputs = { wavPath: path, framesPath: path };
    await expect(replay(openCapture(source), outputs)).rejects.toMatchObject({
      code: 'EARSHOT_BAD_OPTION',
    });
  });

  it('may be a device', async () => {
    const report = await replay(openCapture(source), { framesPath: '/dev/null' });
    expect(report.packets.received).toBe(600);
  });
});
