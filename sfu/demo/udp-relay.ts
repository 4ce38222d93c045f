import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Clock, Network, type NetworkSettings } from '../../src/index.js';

export interface UdpRelayOptions {
  /** What the path does to media on its way to `target`; its base delay holds for everything, both ways. */
  readonly network: NetworkSettings;
  readonly target: { readonly address: string; readonly port: number };
  readonly clock: Clock;
  /** Told of every RTP datagram, `forwardedUs` undefined where it is lost. */
  readonly onMedia: (datagram: Uint8Array, forwardedUs: number | undefined) => void;
}

/**
 * A network between two peers on one machine: it takes the datagrams of one and gives them to the other, late, twice or
 * never.
 *
 * Only RTP is lost, doubled and reordered. Connectivity checks, the DTLS handshake and RTCP have the base delay, so
 * that the round trip measured on them is that of the path.
 */
export class UdpRelay {
  readonly #options: UdpRelayOptions;
  readonly #network: Network;
  readonly #near: Socket = createSocket('udp4');
  readonly #far: Socket = createSocket('udp4');
  readonly #cancels = new Set<() => void>();
  #sender: { readonly address: string; readonly port: number } | undefined;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` for network settings out of range */
  constructor(options: UdpRelayOptions) {
    this.#options = options;
    this.#network = new Network(options.network);
    this.#near.on('message', (datagram, from) => {
      this.#sender = from;
      this.#carry(datagram);
    });
    this.#far.on('message', (datagram) => {
      this.#at(this.#baseArrivalUs(), () => {
        const sender = this.#sender;
        if (sender !== undefined) this.#near.send(datagram, sender.port, sender.address);
      });
    });
  }

  /** @returns the port that stands for the target's */
  async listen(): Promise<number> {
    for (const socket of [this.#near, this.#far]) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    return this.#near.address().port;
  }

  /** Idempotent; what is still on its way is gone. */
  close(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    for (const socket of [this.#near, this.#far]) {
      socket.removeAllListeners('message');
      try {
        socket.close();
      } catch {
        // It was closed before.
      }
    }
  }

  #carry(datagram: Buffer): void {
    const { clock, onMedia } = this.#options;
    const isMedia = isRtp(datagram);
    const arrivals = isMedia ? this.#network.send(clock.nowUs()) : [this.#baseArrivalUs()];
    if (isMedia && arrivals.length === 0) onMedia(datagram, undefined);
    for (const [copy, arrivalUs] of arrivals.entries()) {
      this.#at(arrivalUs, () => {
        const { port, address } = this.#options.target;
        this.#far.send(datagram, port, address);
        if (isMedia && copy === 0) onMedia(datagram, clock.nowUs());
      });
    }
  }

  #baseArrivalUs(): number {
    const { clock, network } = this.#options;
    return clock.nowUs() + (network.baseDelayMs ?? 0) * 1000;
  }

  #at(atUs: number, act: () => void): void {
    const cancel = this.#options.clock.wakeAt(atUs, () => {
      this.#cancels.delete(cancel);
      act();
    });
    this.#cancels.add(cancel);
  }
}

// RFC 7983: 128..191 is RTP or RTCP; RFC 5761 4: RTCP has 192..223 where RTP has marker and payload type.
export function isRtp(datagram: Uint8Array): boolean {
  const [first = 0, second = 0] = datagram;
  return first >= 128 && first <= 191 && (second < 192 || second > 223);
}
