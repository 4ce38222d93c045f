import {
  candidateLine,
  MAX_CANDIDATES,
  parseCandidate,
  type UdpCandidate,
} from './ice-candidate.js';
import {
  attributesOf,
  isIcePassword,
  isIceUfrag,
  type SdpAttribute,
  SdpError,
  splitSdp,
  valuesOf,
} from './sdp-lines.js';

export interface DtlsFingerprint {
  readonly algorithm: string;
  readonly value: string;
}

export interface HeaderExtension {
  readonly id: number;
  readonly uri: string;
}

/** All that is taken from a WHIP offer: one Opus track. Nothing else of the body reaches a backend. */
export interface AudioOffer {
  readonly mid: string;
  readonly iceUfrag: string;
  readonly icePassword: string;
  readonly fingerprints: readonly DtlsFingerprint[];
  readonly setup: 'actpass' | 'active';
  /** RTP payload type of Opus. */
  readonly payloadType: number;
  /** Whether the peer sends packets again when asked (RFC 4585 4.2). */
  readonly answersNack: boolean;
  readonly headerExtensions: readonly HeaderExtension[];
  /** SSRCs announced by `a=ssrc`; empty where the peer announces none. */
  readonly ssrcs: readonly number[];
  readonly candidates: readonly UdpCandidate[];
}

/** When the audio of a packet was captured, by the sender's wall clock. */
export const ABS_CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';

/** Header extensions worth their bytes here; the other is RFC 6464. */
export const WANTED_EXTENSIONS: readonly string[] = [
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  ABS_CAPTURE_TIME,
];

const MAX_SSRCS = 4;
const MAX_FINGERPRINTS = 4;
const HASH_BYTES: Readonly<Record<string, number>> = {
  'sha-256': 32,
  'sha-384': 48,
  'sha-512': 64,
};
const MID = /^[A-Za-z0-9_.+-]{1,32}$/;

/**
 * Reads a WHIP offer with one Opus track.
 *
 * @throws {SdpError} 400 for a malformed body; 422 where the offer asks for more or other than one Opus track
 *   to be received (RFC 9725 4.4: no partly successful answers)
 */
export function parseAudioOffer(body: string): AudioOffer {
  const lines = splitSdp(body);
  if (lines[0]?.type !== 'v' || lines[0].value !== '0') {
    throw new SdpError(400, 'An offer begins with v=0');
  }
  const starts = lines.flatMap((line, index) => (line.type === 'm' ? [index] : []));
  const [start] = starts;
  if (start === undefined) throw new SdpError(400, 'The offer has no m= section');
  if (starts.length > 1) {
    throw new SdpError(
      422,
      `One audio track is received here; the offer has ${starts.length} m= sections`,
    );
  }
  const session = attributesOf(lines.slice(0, start));
  const media = attributesOf(lines.slice(start + 1));
  const either = (name: string): string | undefined =>
    valuesOf(media, name)[0] ?? valuesOf(session, name)[0];

  const formats = parseMediaLine(lines[start]?.value ?? '');
  const mid = valuesOf(media, 'mid')[0];
  if (mid === undefined || !MID.test(mid))
    throw new SdpError(400, 'The audio section has no usable a=mid');
  const iceUfrag = either('ice-ufrag');
  const icePassword = either('ice-pwd');
  if (!isIceUfrag(iceUfrag) || !isIcePassword(icePassword)) {
    throw new SdpError(400, 'The offer has no usable ice-ufrag and ice-pwd');
  }
  refuseOtherShapes(media, session);

  const payloadType = findOpus(media, formats);

  return {
    mid,
    iceUfrag,
    icePassword,
    fingerprints: parseFingerprints(media, session),
    setup: parseSetup(either('setup')),
    payloadType,
    answersNack: ['*', `${payloadType}`].some((type) =>
      valuesOf(media, 'rtcp-fb').includes(`${type} nack`),
    ),
    headerExtensions: parseExtensions(media),
    ssrcs: parseSsrcs(media),
    candidates: parseCandidates(media),
  };
}

/** The offer a backend is given: written anew from the checked values, so that no byte of the peer's text is in it. */
export function writeCanonicalOffer(offer: AudioOffer): string {
  const pt = offer.payloadType;
  return [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${offer.mid}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${pt}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${offer.mid}`,
    'a=sendonly',
    'a=rtcp-mux',
    `a=ice-ufrag:${offer.iceUfrag}`,
    `a=ice-pwd:${offer.icePassword}`,
    'a=ice-options:trickle',
    ...offer.fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    `a=setup:${offer.setup}`,
    `a=rtpmap:${pt} opus/48000/2`,
    // RFC 7587 6.1: asks the sender for in-band FEC and lets it use packets down to 10 ms.
    `a=fmtp:${pt} minptime=10;useinbandfec=1`,
    ...(offer.answersNack ? [`a=rtcp-fb:${pt} nack`] : []),
    ...offer.headerExtensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
    ...offer.ssrcs.map((ssrc) => `a=ssrc:${ssrc} cname:earshot`),
    ...offer.candidates.map((candidate) => `a=${candidateLine(candidate)}`),
    '',
  ].join('\r\n');
}

function parseMediaLine(value: string): number[] {
  const match = /^(\w+) (\d{1,5})(?:\/\d+)? (\S+) ([\d ]+)$/.exec(value);
  const [, kind, , protocol, formats = ''] = match ?? [];
  if (match === null) {
    if (/^(video|application|text|message|image) /.test(value)) {
      throw new SdpError(422, 'Only an audio track is received here');
    }
    throw new SdpError(400, 'The m= line is malformed');
  }
  if (kind !== 'audio') throw new SdpError(422, 'Only an audio track is received here');
  if (protocol !== 'UDP/TLS/RTP/SAVPF') {
    throw new SdpError(422, 'The audio section must use UDP/TLS/RTP/SAVPF');
  }
  return formats.split(' ').map(Number);
}

function refuseOtherShapes(media: readonly SdpAttribute[], session: readonly SdpAttribute[]): void {
  const directions = ['recvonly', 'inactive'];
  if ([...media, ...session].some(({ name }) => directions.includes(name))) {
    throw new SdpError(422, 'The offer must send: use a=sendonly');
  }
  if (valuesOf(media, 'rtcp-mux').length === 0) {
    throw new SdpError(422, 'The audio section must have a=rtcp-mux');
  }
  const streams = new Set(valuesOf(media, 'msid').map((value) => value.split(' ', 1)[0]));
  if (streams.size > 1) throw new SdpError(422, 'The audio track must belong to one MediaStream');
  if (valuesOf(media, 'simulcast').length > 0) {
    throw new SdpError(422, 'Simulcast is not received here');
  }
}

function parseFingerprints(
  media: readonly SdpAttribute[],
  session: readonly SdpAttribute[],
): DtlsFingerprint[] {
  const values = [...valuesOf(media, 'fingerprint'), ...valuesOf(session, 'fingerprint')];
  const usable = values.flatMap((text): DtlsFingerprint[] => {
    const [algorithm = '', value = ''] = text.split(' ', 2);
    const bytes = HASH_BYTES[algorithm.toLowerCase()];
    const pairs = value.split(':');
    if (bytes === undefined || pairs.length !== bytes) return [];
    if (!pairs.every((pair) => /^[0-9A-Fa-f]{2}$/.test(pair))) return [];
    return [{ algorithm: algorithm.toLowerCase(), value: value.toUpperCase() }];
  });
  if (usable.length === 0) throw new SdpError(400, 'The offer has no usable a=fingerprint');
  return usable.slice(0, MAX_FINGERPRINTS);
}

function parseSetup(value: string | undefined): 'actpass' | 'active' {
  if (value === 'actpass' || value === 'active') return value;
  if (value === 'passive' || value === 'holdconn') {
    throw new SdpError(422, 'The server takes the passive DTLS role: offer a=setup:actpass');
  }
  throw new SdpError(400, 'The offer has no a=setup');
}

function findOpus(media: readonly SdpAttribute[], formats: readonly number[]): number {
  for (const value of valuesOf(media, 'rtpmap')) {
    const match = /^(\d{1,3}) opus\/48000\/2$/i.exec(value);
    const payloadType = Number(match?.[1] ?? Number.NaN);
    // 64..95 cannot be told from RTCP on a shared port (RFC 5761 4).
    const distinct = payloadType <= 63 || (payloadType >= 96 && payloadType <= 127);
    if (distinct && formats.includes(payloadType)) return payloadType;
  }
  throw new SdpError(422, 'The audio section does not offer opus/48000/2');
}

/** The wanted ones that the peer means to send; of several of one id or one name the first. */
function parseExtensions(media: readonly SdpAttribute[]): HeaderExtension[] {
  const found: HeaderExtension[] = [];
  for (const value of valuesOf(media, 'extmap')) {
    const match = /^(\d{1,3})(?:\/(?:sendrecv|sendonly))? (\S+)/.exec(value);
    const id = Number(match?.[1] ?? 0);
    const uri = match?.[2] ?? '';
    if (found.some((other) => other.id === id || other.uri === uri)) continue;
    // RFC 8285 4.2: the one-byte form has ids 1..14.
    if (id >= 1 && id <= 14 && WANTED_EXTENSIONS.includes(uri)) found.push({ id, uri });
  }
  return found;
}

function parseSsrcs(media: readonly SdpAttribute[]): number[] {
  const ssrcs = valuesOf(media, 'ssrc').map((value) => Number(/^\d{1,10}/.exec(value)?.[0] ?? -1));
  const valid = ssrcs.filter((ssrc) => ssrc >= 0 && ssrc <= 0xffff_ffff);
  return [...new Set(valid)].slice(0, MAX_SSRCS);
}

function parseCandidates(media: readonly SdpAttribute[]): UdpCandidate[] {
  const parsed = valuesOf(media, 'candidate').map((value) => parseCandidate(`candidate:${value}`));
  if (parsed.includes('malformed')) throw new SdpError(400, 'An a=candidate line is malformed');
  return parsed
    .filter((candidate): candidate is UdpCandidate => typeof candidate === 'object')
    .slice(0, MAX_CANDIDATES);
}
