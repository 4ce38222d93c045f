import type { RtpPacketInfo } from '../receiver/rtp-packet.js';
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
