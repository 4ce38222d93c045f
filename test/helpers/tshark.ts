import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { ethernet, ipv4, u32, udp } from './capture-bytes.js';

/** What tshark's RTP statistics say of a stream. */
export interface TsharkStream {
  readonly ssrc: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly packets: number;
  /** Expected less received: a packet that came twice makes up for one that never came. */
  readonly lost: number;
  readonly meanJitterMs: number;
  readonly maxJitterMs: number;
}

/** Skips the test by name where there is no tshark. */
export function needTshark(ctx: TestContext): void {
  if (spawnSync('tshark', ['--version']).error !== undefined) {
    ctx.skip('tshark is not installed (apt-get install tshark)');
  }
}

/** One line of `-z rtp,streams`: addresses in between are of no interest. */
const LINE =
  /^\s*[\d.]+\s+[\d.]+\s+\S+\s+(\d+)\s+\S+\s+(\d+)\s+0x([\dA-F]{8})\s+\S.*?\s(\d+)\s+(-?\d+) \(-?[\d.]+%\)\s+[-\d.]+\s+[-\d.]+\s+[-\d.]+\s+[-\d.]+\s+([-\d.]+)\s+([-\d.]+)/gm;

/**
 * The RTP streams of a capture as tshark counts them.
 *
 * @param rtpmaps - told to tshark by an SDP that is put before the first packet: it knows no clock rate of dynamic payload
 *   types otherwise, and computes no jitter
 */
export function tsharkStreams(
  path: string,
  rtpmaps: Readonly<Record<number, string>>,
): TsharkStream[] {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-tshark-'));
  try {
    const told = join(folder, 'told.pcap');
    writeFileSync(told, withSdp(readFileSync(path), rtpmaps));
    const words = ['-r', told, '-o', 'rtp.heuristic_rtp:TRUE', '-q', '-z', 'rtp,streams'];
    const { status, stdout, stderr } = spawnSync('tshark', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`tshark ended with ${status}: ${stderr}`);
    return [...stdout.matchAll(LINE)].map((found) => ({
      sourcePort: Number(found[1]),
      destinationPort: Number(found[2]),
      ssrc: Number.parseInt(found[3] ?? '', 16),
      packets: Number(found[4]),
      lost: Number(found[5]),
      meanJitterMs: Number(found[6]),
      maxJitterMs: Number(found[7]),
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A pcap (µs, little endian, Ethernet, IPv4) with an offer of its first packet's destination in front. */
function withSdp(pcap: Buffer, rtpmaps: Readonly<Record<number, string>>): Buffer {
  if (pcap.readUInt32LE(0) !== 0xa1b2c3d4 || pcap.readUInt32LE(20) !== 1) {
    throw new Error('only a little-endian pcap of Ethernet in µs can be told an SDP');
  }
  if (Object.keys(rtpmaps).length === 0) return pcap;
  const first = pcap.subarray(40);
  const address = [...first.subarray(14 + 16, 14 + 20)].join('.');
  const port = first.readUInt16BE(14 + 20 + 2);
  const sdp = [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${Object.keys(rtpmaps).join(' ')}`,
    ...Object.entries(rtpmaps).map(([type, rtpmap]) => `a=rtpmap:${type} ${rtpmap}`),
    '',
  ].join('\r\n');
  const invite = [
    'INVITE sip:a@example.com SIP/2.0',
    'Via: SIP/2.0/UDP example.com;branch=z9hG4bK1',
    'From: <sip:b@example.com>;tag=1',
    'To: <sip:a@example.com>',
    'Call-ID: 1@example.com',
    'CSeq: 1 INVITE',
    'Content-Type: application/sdp',
    `Content-Length: ${sdp.length}`,
    '',
    sdp,
  ].join('\r\n');
  const frame = ethernet(ipv4(udp(Buffer.from(invite), 5060, 5060)));
  const length = u32(frame.length, 'little');
  return Buffer.concat([
    pcap.subarray(0, 24),
    pcap.subarray(24, 32), // the time of the first record
    length,
    length,
    frame,
    pcap.subarray(24),
  ]);
}
