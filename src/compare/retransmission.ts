import type { NackRequest } from '../receiver/receiver.js';
import { parseRtp } from '../receiver/rtp-packet.js';
import type { TimedPacket } from '../simulate/delivery.js';
import { Network, type NetworkSettings } from '../simulate/network.js';
import { deriveSeed } from '../simulate/random.js';

/** The sender's side of NACK (RFC 4585 6.2.1): sends again what is asked for, over the network the call goes over. */
export class Retransmission {
  readonly #sent: readonly TimedPacket[];
  readonly #network: Network;
  readonly #baseDelayUs: number;
  readonly #roundTripUs: number;
  readonly #newest = new Map<number, TimedPacket>();
  readonly #onTheWay: TimedPacket[] = [];
  #known = 0;
  #requested = 0;
  #resent = 0;

  /**
   * @param roundTripMs - of a request and its answer on an idle path; jitter and loss of the network come on top
   */
  constructor(sent: readonly TimedPacket[], network: NetworkSettings, roundTripMs: number) {
    this.#sent = sent;
    // Loss and jitter of their own, as likely as the call's, and the same on every run.
    this.#network = new Network({ ...network, seed: deriveSeed(network.seed, 7) });
    this.#network.send(sent[0]?.atUs ?? 0);
    this.#baseDelayUs = (network.baseDelayMs ?? 0) * 1000;
    this.#roundTripUs = roundTripMs * 1000;
  }

  /** Packets asked for, each time counted, and answers that came or will. */
  get requested(): number {
    return this.#requested;
  }

  get resent(): number {
    return this.#resent;
  }

  /** The next answer to arrive. */
  get next(): TimedPacket | undefined {
    return this.#onTheWay[0];
  }

  take(): TimedPacket | undefined {
    return this.#onTheWay.shift();
  }

  /** Requests leave the receiver at `nowUs`, which must not go back. */
  request(requests: readonly NackRequest[], nowUs: number): void {
    const resentUs = nowUs + Math.round(this.#roundTripUs / 2);
    for (; (this.#sent[this.#known]?.atUs ?? Number.POSITIVE_INFINITY) <= resentUs; this.#known++) {
      const packet = this.#sent[this.#known] as TimedPacket;
      const header = parseRtp(packet.data);
      if (header !== undefined) this.#newest.set(header.sequenceNumber, packet);
    }
    for (const { sequenceNumber } of requests) {
      this.#requested++;
      const packet = this.#newest.get(sequenceNumber);
      if (packet === undefined) continue;
      for (const arrivalUs of this.#network.send(resentUs, packet.data.length)) {
        this.#resent++;
        const atUs = arrivalUs - this.#baseDelayUs + Math.round(this.#roundTripUs / 2);
        this.#onTheWay.push({ atUs: Math.max(nowUs, atUs), data: packet.data });
      }
    }
    this.#onTheWay.sort((a, b) => a.atUs - b.atUs);
  }
}
