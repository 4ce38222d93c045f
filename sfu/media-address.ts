import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

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
