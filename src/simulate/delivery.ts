import { Network, type NetworkSettings } from './network.js';

/** A packet and when it is sent, or when it arrives. */
export interface TimedPacket {
  /** Integer µs. */
  readonly atUs: number;
  readonly data: Uint8Array;
}

/** A packet that arrives. */
export interface DeliveredPacket extends TimedPacket {
  /** When it was sent, integer µs. */
  readonly sentUs: number;
  /** The network doubled it, and this is the second. */
  readonly isCopy: boolean;
}

/**
 * Sends packets through a network, one at a time; gives what arrives in order of arrival, equal times in order of sending.
 *
 * Holds what is on its way.
 *
 * @param packets - in order of sending
 */
export function* deliver(
  packets: Iterable<TimedPacket>,
  network: Network,
): Generator<DeliveredPacket> {
  const onTheWay: DeliveredPacket[] = [];
  let first = 0;
  for (const { atUs: sentUs, data } of packets) {
    for (const [copy, atUs] of network.send(sentUs, data.length).entries()) {
      let at = onTheWay.length;
      while (at > first && (onTheWay[at - 1]?.atUs ?? 0) > atUs) at--;
      onTheWay.splice(at, 0, { atUs, data, sentUs, isCopy: copy > 0 });
    }
    const safeUs = network.earliestArrivalUs(sentUs);
    for (; (onTheWay[first]?.atUs ?? Number.POSITIVE_INFINITY) <= safeUs; first++) {
      yield onTheWay[first] as DeliveredPacket;
    }
    if (first > 256) {
      onTheWay.splice(0, first);
      first = 0;
    }
  }
  yield* onTheWay.slice(first);
}

/** Sends packets through a network; what arrives, in order of arrival (equal times in order of sending). */
export function throughNetwork(
  packets: Iterable<TimedPacket>,
  settings: NetworkSettings,
): TimedPacket[] {
  return Array.from(deliver(packets, new Network(settings)), ({ atUs, data }) => ({ atUs, data }));
}
