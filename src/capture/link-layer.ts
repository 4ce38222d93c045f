import { uint16At } from './network-order.js';
import type { LinkLayer } from './record.js';

/** Where in a frame the link layer carries an IP packet, up to the frame's end, padding of the link included. */
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

/** Strips the link layer. */
export function linkPayloadOf(
  linkLayer: Exclude<LinkLayer, 'udp-payload' | 'rtcp-payload' | 'video-payload'>,
  frame: Uint8Array,
): LinkPayload | 'too-short' | 'not-ip' {
  switch (linkLayer) {
    case 'ethernet':
      return byEthertype(frame, 12);
    case 'linux-cooked':
      return byEthertype(frame, 14);
    case 'linux-cooked-2':
      return byEthertypeAndHeader(frame, 0, 20);
    case 'loopback':
      return byFamily(frame);
    case 'raw-ip':
      return byVersion(frame);
  }
}

/** The ethertype stands at `typeAt` and what it names follows, perhaps behind VLAN tags. */
function byEthertype(frame: Uint8Array, typeAt: number): LinkPayload | 'too-short' | 'not-ip' {
  return byEthertypeAndHeader(frame, typeAt, typeAt + 2);
}

/** Asked of every frame, most of which carry IP: a comparison spares the search. */
function isVlanTag(ethertype: number): boolean {
  return ethertype >= VLAN_TAG_MIN && VLAN_TAGS.includes(ethertype);
}

function byEthertypeAndHeader(
  frame: Uint8Array,
  typeAt: number,
  headerBytes: number,
): LinkPayload | 'too-short' | 'not-ip' {
  if (frame.length < headerBytes) return 'too-short';
  let ethertype = uint16At(frame, typeAt);
  let at = headerBytes;
  for (let tags = 0; isVlanTag(ethertype) && tags < MAX_VLAN_TAGS; tags++) {
    if (frame.length < at + 4) return 'too-short';
    ethertype = uint16At(frame, at + 2);
    at += 4;
  }
  if (ethertype === ETHERTYPE_IPV4) return { version: 4, at };
  if (ethertype === ETHERTYPE_IPV6) return { version: 6, at };
  return 'not-ip';
}

/** The family is in the byte order of the machine that captured: whichever makes it a small number. */
function byFamily(frame: Uint8Array): LinkPayload | 'too-short' | 'not-ip' {
  if (frame.length < 4) return 'too-short';
  const view = new DataView(frame.buffer, frame.byteOffset, 4);
  const family = Math.min(view.getUint32(0, true), view.getUint32(0));
  if (family === FAMILY_IPV4) return { version: 4, at: 4 };
  if (FAMILIES_IPV6.includes(family)) return { version: 6, at: 4 };
  return 'not-ip';
}

function byVersion(frame: Uint8Array): LinkPayload | 'too-short' | 'not-ip' {
  const first = frame[0];
  if (first === undefined) return 'too-short';
  const version = first >> 4;
  return version === 4 || version === 6 ? { version, at: 0 } : 'not-ip';
}
