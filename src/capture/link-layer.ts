import { uint16At } from './network-order.js';
import type { LinkLayer } from './record.js';

/** Where in memory a frame carries an IP packet, up to the frame's end, padding of the link included. */
export interface LinkPayload {
  readonly version: 4 | 6;
  readonly at: number;
}

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** IEEE 802.1Q, 802.1ad and what came before it. */
const VLAN_TAG_MIN = 0x8100;
const VLAN_TAGS: readonly number[] = [VLAN_TAG_MIN, 0x88a8, 0x9100];
const MAX_VLAN_TAGS = 4;

// Address families as the systems that write loopback captures number them.
const FAMILY_IPV4 = 2;
const FAMILIES_IPV6: readonly number[] = [10, 24, 28, 30];

/** Strips the link layer of a frame that lies in `bytes` from `start` to `end`. */
export function linkPayloadOf(
  linkLayer: Exclude<LinkLayer, 'udp-payload' | 'rtcp-payload' | 'video-payload'>,
  bytes: Uint8Array,
  start: number,
  end: number,
): LinkPayload | 'too-short' | 'not-ip' {
  switch (linkLayer) {
    case 'ethernet':
      return byEthertype(bytes, start + 12, end);
    case 'linux-cooked':
      return byEthertype(bytes, start + 14, end);
    case 'linux-cooked-2':
      return byEthertypeAndHeader(bytes, start, start + 20, end);
    case 'loopback':
      return byFamily(bytes, start, end);
    case 'raw-ip':
      return byVersion(bytes, start, end);
  }
}

/** The ethertype stands at `typeAt` and what it names follows, perhaps behind VLAN tags. */
function byEthertype(
  bytes: Uint8Array,
  typeAt: number,
  end: number,
): LinkPayload | 'too-short' | 'not-ip' {
  return byEthertypeAndHeader(bytes, typeAt, typeAt + 2, end);
}

/** Asked of every frame, most of which carry IP: a comparison spares the search. */
function isVlanTag(ethertype: number): boolean {
  return ethertype >= VLAN_TAG_MIN && VLAN_TAGS.includes(ethertype);
}

function byEthertypeAndHeader(
  bytes: Uint8Array,
  typeAt: number,
  headerEnd: number,
  end: number,
): LinkPayload | 'too-short' | 'not-ip' {
  if (end < headerEnd) return 'too-short';
  let ethertype = uint16At(bytes, typeAt);
  let at = headerEnd;
  for (let tags = 0; isVlanTag(ethertype) && tags < MAX_VLAN_TAGS; tags++) {
    if (end < at + 4) return 'too-short';
    ethertype = uint16At(bytes, at + 2);
    at += 4;
  }
  if (ethertype === ETHERTYPE_IPV4) return { version: 4, at };
  if (ethertype === ETHERTYPE_IPV6) return { version: 6, at };
  return 'not-ip';
}

/** The family is in the byte order of the machine that captured: whichever makes it a small number. */
function byFamily(
  bytes: Uint8Array,
  start: number,
  end: number,
): LinkPayload | 'too-short' | 'not-ip' {
  if (end < start + 4) return 'too-short';
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 4);
  const family = Math.min(view.getUint32(0, true), view.getUint32(0));
  if (family === FAMILY_IPV4) return { version: 4, at: start + 4 };
  if (FAMILIES_IPV6.includes(family)) return { version: 6, at: start + 4 };
  return 'not-ip';
}

function byVersion(
  bytes: Uint8Array,
  start: number,
  end: number,
): LinkPayload | 'too-short' | 'not-ip' {
  if (end <= start) return 'too-short';
  const version = (bytes[start] as number) >> 4;
  return version === 4 || version === 6 ? { version, at: start } : 'not-ip';
}
