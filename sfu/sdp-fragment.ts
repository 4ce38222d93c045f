import { MAX_CANDIDATES, parseCandidate, type UdpCandidate } from './ice-candidate.js';
import {
  attributesOf,
  isIcePassword,
  isIceUfrag,
  SdpError,
  splitSdp,
  valuesOf,
} from './sdp-lines.js';

/** A trickle-ice-sdpfrag body (RFC 8840 9). */
export interface IceFragment {
  /** `undefined` where the fragment names no ICE session. */
  readonly iceUfrag: string | undefined;
  readonly candidates: readonly UdpCandidate[];
}

/** @throws {SdpError} 400 for a malformed fragment */
export function parseIceFragment(body: string): IceFragment {
  const lines = splitSdp(body);
  if (lines.some(({ type }) => type !== 'a' && type !== 'm' && type !== 'c')) {
    throw new SdpError(400, 'An ICE fragment has a= and m= lines only');
  }
  const attributes = attributesOf(lines);
  const ufrag = valuesOf(attributes, 'ice-ufrag')[0];
  const password = valuesOf(attributes, 'ice-pwd')[0];
  if (ufrag !== undefined && !isIceUfrag(ufrag)) throw new SdpError(400, 'ice-ufrag is malformed');
  if (password !== undefined && !isIcePassword(password)) {
    throw new SdpError(400, 'ice-pwd is malformed');
  }
  const parsed = valuesOf(attributes, 'candidate').map((value) =>
    parseCandidate(`candidate:${value}`),
  );
  if (parsed.includes('malformed')) throw new SdpError(400, 'An a=candidate line is malformed');
  const candidates = parsed.filter(
    (candidate): candidate is UdpCandidate => typeof candidate === 'object',
  );
  const isLast = valuesOf(attributes, 'end-of-candidates').length > 0;
  if (ufrag === undefined && parsed.length === 0 && !isLast) {
    throw new SdpError(400, 'The fragment has neither candidates nor ICE credentials');
  }
  return { iceUfrag: ufrag, candidates: candidates.slice(0, MAX_CANDIDATES) };
}
