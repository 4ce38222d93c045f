import { describe, expect, it } from 'vitest';
import { parseRtp } from '../../src/index.js';
import { readCapture, replay, writePcap } from '../../src/replay/index.js';
import { type TimedPacket, talk, withRed } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';

const RATE_HZ = 16_000;
const SPOKEN = talk(fixtureCall().pcm.subarray(RATE_HZ, 9 * RATE_HZ), {
  sampleRateHz: RATE_HZ,
  ssrc: 5,
});
const CODECS = { 63: 'red/48000/2', 111: 'opus/48000/2' };

async function provenanceOf(packets: readonly TimedPacket[]) {
  const report = await replay(readCapture(writePcap(packets), 'red'), { codecs: CODECS });
  return report;
}

function payloadOf(data: Uint8Array): Uint8Array {
  const header = parseRtp(data);
  if (header === undefined) throw new Error('not RTP');
  return data.subarray(header.payloadOffset, header.payloadOffset + header.payloadLength);
}

describe('a sender of RED', () => {
  it('writes RFC 2198: headers of the copies, oldest first, then that of the primary, then all bytes', () => {
    const red = [...withRed(SPOKEN, { distance: 2 })];
    const payload = Buffer.from(payloadOf(red[7]?.data ?? new Uint8Array()));
    const [oldest, older, own] = [5, 6, 7].map((i) =>
      payloadOf(SPOKEN[i]?.data ?? new Uint8Array()),
    );

    expect(payload.readUInt8(0)).toBe(0x80 | 111);
    expect(payload.readUIntBE(1, 3)).toBe((1920 << 10) | (oldest?.length ?? 0));
    expect(payload.readUInt8(4)).toBe(0x80 | 111);
    expect(payload.readUIntBE(5, 3)).toBe((960 << 10) | (older?.length ?? 0));
    expect(payload.readUInt8(8)).toBe(111);
    expect(payload.subarray(9)).toEqual(
      Buffer.concat([oldest, older, own].map((bytes) => bytes ?? new Uint8Array())),
    );
  });

  it('leaves number, timestamp, marker and time as they were', () => {
    const red = [...withRed(SPOKEN, { distance: 1, payloadType: 96 })];
    expect(red).toHaveLength(SPOKEN.length);
    for (const [i, { atUs, data }] of red.entries()) {
      const { payloadLength, payloadType, ...header } = parseRtp(data) ?? {};
      const sent = parseRtp(SPOKEN[i]?.data ?? data);
      expect(atUs).toBe(SPOKEN[i]?.atUs);
      expect(payloadType).toBe(96);
      expect(sent).toMatchObject(header);
      expect(payloadLength).toBeGreaterThan(sent?.payloadLength ?? 0);
    }
  });

  it.each([1, 2])(
    'of distance %d makes good every hole of as many packets, exactly',
    async (distance) => {
      const isLost = (i: number): boolean => i % 10 >= 10 - distance - 1 && i % 10 < 9;
      const red = [...withRed(SPOKEN, { distance })].filter((_, i) => !isLost(i));
      const { packets, audio } = await provenanceOf(red);

      expect(packets.lost).toBe(SPOKEN.length - red.length);
      expect(audio.concealmentEvents).toBe(0);
      expect(audio.provenanceMs.red).toBe(packets.lost * 20);
    },
  );

  it('of distance 1 leaves one packet of a hole of two', async () => {
    const red = [...withRed(SPOKEN, { distance: 1 })].filter(
      (_, i) => i % 10 !== 4 && i % 10 !== 5,
    );
    const { packets, audio } = await provenanceOf(red);
    expect(audio.provenanceMs.red).toBe((packets.lost / 2) * 20);
    expect(audio.provenanceMs.plc).toBe((packets.lost / 2) * 20);
  });

  it('leaves out copies from before a pause of more than 341 ms: 14 bits do not reach them', () => {
    const [first, ...rest] = SPOKEN.filter((_, i) => i < 20 || i >= 40);
    const red = [...withRed([first as TimedPacket, ...rest], { distance: 1 })];
    const behindPause = Buffer.from(payloadOf(red[20]?.data ?? new Uint8Array()));
    expect(behindPause.readUInt8(0)).toBe(111);
    expect(Buffer.from(payloadOf(red[21]?.data ?? new Uint8Array())).readUInt8(0)).toBe(0x80 | 111);
  });

  it('refuses a distance out of range', () => {
    expect(() => [...withRed(SPOKEN, { distance: 9 })]).toThrow(/red\.distance .* 1\.\.8/);
  });
});
