import { isIP } from 'node:net';

/** A UDP candidate with a literal address: the only kind that is used (no names are ever looked up). */
export interface UdpCandidate {
  readonly foundation: string;
  readonly priority: number;
  readonly address: string;
  readonly port: number;
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
}

/** Most candidates taken from one peer; more are left out. */
export const MAX_CANDIDATES = 16;

// RFC 8839 5.1
const GRAMMAR =
  /^candidate:([A-Za-z0-9+/]{1,32}) (\d{1,3}) (\S{1,16}) (\d{1,10}) (\S{1,255}) (\d{1,5}) typ (\w{1,16})( .*)?$/;

/**
 * Reads the value of an `a=candidate` line.
 *
 * @returns `'malformed'`, or `'unsupported'` for what RFC 9725 4.3.2 wants silently left out: TCP, RTCP
 *   components, host names (mDNS included), addresses nothing can be sent to
 */
export function parseCandidate(value: string): UdpCandidate | 'malformed' | 'unsupported' {
  const match = GRAMMAR.exec(value);
  if (match === null) return 'malformed';
  const [, foundation = '', component, transport = '', priority, address = '', port, type] = match;
  if (component !== '1' || transport.toLowerCase() !== 'udp') return 'unsupported';
  const udpPort = Number(port);
  if (udpPort < 1 || udpPort > 65_535 || !isUnicast(address)) return 'unsupported';
  if (type !== 'host' && type !== 'srflx' && type !== 'prflx' && type !== 'relay') {
    return 'unsupported';
  }
  return { foundation, priority: Number(priority), address, port: udpPort, type };
}

export function candidateLine(candidate: UdpCandidate): string {
  const { foundation, priority, address, port, type } = candidate;
  return `candidate:${foundation} 1 udp ${priority} ${address} ${port} typ ${type}`;
}

function isUnicast(address: string): boolean {
  const family = isIP(address);
  if (family === 4) {
    const first = Number(address.split('.', 1)[0]);
    return first > 0 && first < 224;
  }
  return family === 6 && address !== '::' && !address.toLowerCase().startsWith('ff');
}
