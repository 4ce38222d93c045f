import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { EarshotError } from '../src/index.js';

/** Where media is received. */
export interface MediaAddress {
  /** IP the UDP sockets are bound to; `0.0.0.0` or `::` for every interface. */
  readonly listenAddress: string;
  /** IP told to peers instead, for a host behind a static NAT. */
  readonly announcedAddress: string | undefined;
  /** Inclusive UDP ports; `undefined` leaves the choice to the system. */
  readonly ports: readonly [number, number] | undefined;
}

export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** The addresses that go into ICE candidates; one UDP socket is bound for each. */
export function candidateAddresses({ listenAddress, announcedAddress }: MediaAddress): string[] {
  if (announcedAddress !== undefined) return [announcedAddress];
  if (!isWildcard(listenAddress)) return [listenAddress];
  const family = isIP(listenAddress);
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address, internal }) => !internal && isIP(address) === family)
    .filter(({ address }) => !address.toLowerCase().startsWith('fe80:'))
    .map(({ address }) => address);
}

/**
 * Binds a UDP socket once: an address of another machine is told at the start and not to the first caller.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export async function checkMediaAddress({ listenAddress }: MediaAddress): Promise<void> {
  const socket = createSocket(isIP(listenAddress) === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, listenAddress, resolve);
    });
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected mediaAddress to be an IP of this machine, got ${listenAddress}${reason}; an address outside of a NAT is announcedAddress`,
      { cause },
    );
  } finally {
    socket.close();
  }
}
