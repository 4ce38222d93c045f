import { inspectRtp, type RtpPacketInfo } from '../receiver/rtp-packet.js';
import type { CapturedDatagram } from './captured-datagram.js';

/** A UDP payload of a capture that is RTP. */
export interface CapturedPacket extends CapturedDatagram {
  readonly header: RtpPacketInfo;
}

/** Which packets of a capture are one stream. */
export interface StreamAddress {
  readonly ssrc: number;
  /** Undefined where the capture does not tell. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
}

/**
 * The RTP packets among the datagrams of a capture, all or those of one stream.
 *
 * @param onOther - gets every datagram that is no RTP; of one stream's, only those between its ports
 */
export function packetsAmong(
  datagrams: Iterable<CapturedDatagram>,
  stream?: StreamAddress,
  onOther: (datagram: CapturedDatagram) => void = () => {},
): Iterable<CapturedPacket> {
  return {
    [Symbol.iterator]: () => new PacketsAmong(datagrams[Symbol.iterator](), stream, onOther),
  };
}

/** No generator: one more to be resumed for each of a call's packets is a tenth of what reading it takes. */
class PacketsAmong implements Iterator<CapturedPacket> {
  readonly #datagrams: Iterator<CapturedDatagram>;
  readonly #stream: StreamAddress | undefined;
  readonly #onOther: (datagram: CapturedDatagram) => void;

  constructor(
    datagrams: Iterator<CapturedDatagram>,
    stream: StreamAddress | undefined,
    onOther: (datagram: CapturedDatagram) => void,
  ) {
    this.#datagrams = datagrams;
    this.#stream = stream;
    this.#onOther = onOther;
  }

  next(): IteratorResult<CapturedPacket, undefined> {
    const stream = this.#stream;
    for (;;) {
      const step = this.#datagrams.next();
      if (step.done === true) return { done: true, value: undefined };
      const { atUs, data, payloadBytes, sourcePort, destinationPort, offset, dataOffset } =
        step.value;
      if (stream !== undefined && sourcePort !== stream.sourcePort) continue;
      if (stream !== undefined && destinationPort !== stream.destinationPort) continue;
      const header = inspectRtp(data);
      if (header === undefined) {
        this.#onOther(step.value);
        continue;
      }
      if (stream !== undefined && header.ssrc !== stream.ssrc) continue;
      return {
        done: false,
        value: {
          atUs,
          data,
          payloadBytes,
          sourcePort,
          destinationPort,
          offset,
          dataOffset,
          header,
        },
      };
    }
  }

  /** A reader who stops ends the pass, so that the file is closed. */
  return(): IteratorResult<CapturedPacket, undefined> {
    this.#datagrams.return?.();
    return { done: true, value: undefined };
  }
}
