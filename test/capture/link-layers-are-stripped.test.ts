import { describe, expect, it } from 'vitest';
import { type CaptureCounts, readCapture } from '../../src/replay/index.js';
import { ethernet, ipv4, ipv6, pcapFile, u16, u32, udp } from '../helpers/capture-bytes.js';

const VOICE = Buffer.from('voice');
const V4 = ipv4(udp(VOICE));
const V6 = ipv6(udp(VOICE));
const IPV4 = 0x0800;
const IPV6 = 0x86dd;

const ETHERNET = 1;
const COOKED = 113;
const COOKED_2 = 276;
const NULL = 0;
const LOOP = 108;

function cooked(protocol: number, packet: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(14, 3), u16(protocol), packet]);
}

function cooked2(protocol: number, packet: Buffer): Buffer {
  return Buffer.concat([u16(protocol), Buffer.alloc(18, 3), packet]);
}

/** What one record of this link type comes to. */
function read(
  linkType: number,
  data: Buffer,
  originalBytes = data.length,
): { readonly payloads: readonly string[]; readonly skipped: CaptureCounts['skipped'] } {
  const bytes = pcapFile([{ seconds: 0, ticks: 0, data, originalBytes }], { linkType });
  const capture = readCapture(bytes, 'x');
  const payloads = [...capture].map(({ data: payload }) => Buffer.from(payload).toString());
  return { payloads, skipped: capture.counts.skipped };
}

describe('the payload is found', () => {
  it.each([
    ['Ethernet, IPv4', ETHERNET, ethernet(V4)],
    ['Ethernet, IPv6', ETHERNET, ethernet(V6, IPV6)],
    ['Ethernet with a VLAN tag', ETHERNET, ethernet(V4, IPV4, [0x8100])],
    ['Ethernet with a service and a customer tag', ETHERNET, ethernet(V6, IPV6, [0x88a8, 0x8100])],
    [
      'Ethernet, padded to its least length',
      ETHERNET,
      Buffer.concat([ethernet(V4), Buffer.alloc(13)]),
    ],
    ['Linux cooked v1, IPv4', COOKED, cooked(IPV4, V4)],
    ['Linux cooked v1, IPv6', COOKED, cooked(IPV6, V6)],
    [
      'Linux cooked v1 with a VLAN tag',
      COOKED,
      cooked(0x8100, Buffer.concat([u16(42), u16(IPV4), V4])),
    ],
    ['Linux cooked v2, IPv4', COOKED_2, cooked2(IPV4, V4)],
    ['Linux cooked v2, IPv6', COOKED_2, cooked2(IPV6, V6)],
    ['raw IP, IPv4', 101, V4],
    ['raw IP, IPv6', 101, V6],
    ['raw IP as BSD numbers it', 12, V4],
    ['raw IPv4', 228, V4],
    ['raw IPv6', 229, V6],
    ['loopback of a little-endian machine', NULL, Buffer.concat([u32(2, 'little'), V4])],
    ['loopback of a big-endian machine', NULL, Buffer.concat([u32(30), V6])],
    ['loopback in network order', LOOP, Buffer.concat([u32(24), V6])],
    ['IPv4 with options', 101, ipv4(udp(VOICE), { optionWords: 3 })],
    ['IPv4 whose length the network card was to fill in', 101, withLength(V4, 0)],
    ['IPv4 that must not be split', 101, ipv4(udp(VOICE), { fragment: 0x4000 })],
    ['IPv6 with hop-by-hop and destination options', 101, withExtensions()],
  ])('%s', (_, linkType, data) => {
    expect(read(linkType, data)).toEqual({ payloads: ['voice'], skipped: {} });
  });
});

describe('what is no whole UDP payload is left out by name', () => {
  it.each([
    [
      'the first fragment, IPv4',
      ETHERNET,
      ethernet(ipv4(udp(VOICE), { fragment: 0x2000 })),
      'ip-fragment',
    ],
    ['a later fragment, IPv4', ETHERNET, ethernet(ipv4(VOICE, { fragment: 185 })), 'ip-fragment'],
    [
      'a fragment, IPv6',
      101,
      ipv6(Buffer.concat([Buffer.alloc(8), udp(VOICE)]), 44),
      'ip-fragment',
    ],
    ['TCP', ETHERNET, ethernet(ipv4(Buffer.alloc(40), { protocol: 6 })), 'not-udp'],
    ['ICMPv6', 101, ipv6(Buffer.alloc(40), 58), 'not-udp'],
    ['ARP', ETHERNET, ethernet(Buffer.alloc(28), 0x0806), 'not-ip'],
    ['a loopback of another family', NULL, Buffer.concat([u32(7), V4]), 'not-ip'],
    ['IP version 5', 101, Buffer.concat([Buffer.from([0x55]), V4.subarray(1)]), 'not-ip'],
    ['half a frame', ETHERNET, Buffer.alloc(9), 'malformed'],
    ['a UDP length over its packet', 101, ipv4(withUdpLength(900)), 'malformed'],
    ['a UDP length under its header', 101, ipv4(withUdpLength(7)), 'malformed'],
    ['an IPv4 length under its header', 101, withLength(V4, 19), 'malformed'],
    ['extension headers without end', 101, ipv6(Buffer.alloc(400), 0), 'malformed'],
  ])('%s', (_, linkType, data, reason) => {
    expect(read(linkType, data)).toEqual({ payloads: [], skipped: { [reason]: 1 } });
  });

  it.each([20, 35, 45])('a frame the snap length cut at %d bytes', (kept) => {
    const whole = ethernet(V4);
    expect(read(ETHERNET, whole.subarray(0, kept), whole.length)).toEqual({
      payloads: [],
      skipped: { clipped: 1 },
    });
  });

  it('but a snap length that cut only padding does no harm', () => {
    expect(read(ETHERNET, ethernet(V4), 60)).toEqual({ payloads: ['voice'], skipped: {} });
  });
});

function withLength(packet: Buffer, totalBytes: number): Buffer {
  return Buffer.concat([packet.subarray(0, 2), u16(totalBytes), packet.subarray(4)]);
}

function withUdpLength(lengthBytes: number): Buffer {
  const segment = udp(VOICE);
  segment.writeUInt16BE(lengthBytes, 4);
  return segment;
}

function withExtensions(): Buffer {
  const hopByHop = Buffer.from([60, 0, 1, 4, 0, 0, 0, 0]); // next: destination options; 8 bytes
  const destination = Buffer.from([17, 1, 1, 12, ...Buffer.alloc(12)]); // next: UDP; 16 bytes
  return ipv6(Buffer.concat([hopByHop, destination, udp(VOICE)]), 0);
}
