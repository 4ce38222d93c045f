import {
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtcpFeedback,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type RTCRtpSender,
  RtpHeader,
  RtpPacket,
} from 'werift';
import { isRtp } from '../../../sfu/demo/udp-relay.js';
import { WANTED_EXTENSIONS } from '../../../sfu/sdp-offer.js';

export interface RtpFields {
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
  readonly marker?: boolean;
  /** Header extensions, each under the number of the answer. */
  readonly extensions?: readonly { readonly id: number; readonly payload: Uint8Array }[];
}

/** A WebRTC client that publishes one Opus track from 127.0.0.1: werift, over real ICE, DTLS and SRTP. */
export class Publisher {
  readonly peer: RTCPeerConnection;
  readonly #sender: RTCRtpSender;

  /** @param feedback - `nack` where it sends packets again when asked */
  constructor(feedback: 'none' | 'nack' = 'none') {
    this.peer = new RTCPeerConnection({
      codecs: {
        audio: [
          new RTCRtpCodecParameters({
            mimeType: 'audio/opus',
            clockRate: 48_000,
            channels: 2,
            rtcpFeedback: feedback === 'nack' ? [new RTCRtcpFeedback({ type: 'nack' })] : [],
          }),
        ],
        video: [],
      },
      headerExtensions: {
        audio: WANTED_EXTENSIONS.map((uri) => new RTCRtpHeaderExtensionParameters({ uri })),
        video: [],
      },
      bundlePolicy: 'max-bundle',
      iceServers: [],
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: ['127.0.0.1'],
      iceInterfaceAddresses: { udp4: '127.0.0.1' },
    });
    const transceiver = this.peer.addTransceiver(new MediaStreamTrack({ kind: 'audio' }), {
      direction: 'sendonly',
    });
    this.#sender = transceiver.sender;
    delete transceiver.dtlsTransport.iceTransport.connection.stunServer;
  }

  /** The offer with every candidate in it. */
  async offer(): Promise<string> {
    await this.peer.setLocalDescription(await this.peer.createOffer());
    return this.peer.localDescription?.sdp ?? '';
  }

  /** Takes the answer and waits until media can flow. */
  async connect(answerSdp: string): Promise<void> {
    const connected = new Promise<void>((resolve, reject) => {
      this.peer.connectionStateChange.subscribe((state) => {
        if (state === 'connected') resolve();
        if (state === 'failed' || state === 'closed') reject(new Error(`The peer is ${state}`));
      });
    });
    await this.peer.setRemoteDescription({ type: 'answer', sdp: answerSdp });
    await connected;
  }

  async send(fields: RtpFields): Promise<void> {
    const { sequenceNumber, timestamp, payload, marker = false, extensions = [] } = fields;
    const header = new RtpHeader({
      sequenceNumber,
      timestamp,
      marker,
      extensions: extensions.map(({ id, payload }) => ({ id, payload: Buffer.from(payload) })),
    });
    await this.#sender.sendRtp(new RtpPacket(header, Buffer.from(payload)));
  }

  /** Sends bytes past DTLS and SRTP, from the address the server knows. */
  async sendDatagram(bytes: Uint8Array): Promise<void> {
    await this.peer.iceTransports[0]?.connection.send(Buffer.from(bytes));
  }

  /** Loses these packets on their way, the first time that each is sent. */
  lose(sequenceNumbers: readonly number[]): void {
    const connection = this.peer.iceTransports[0]?.connection;
    if (connection === undefined) throw new Error('There is no transport yet');
    const toLose = new Set(sequenceNumbers);
    const send = connection.send.bind(connection);
    // SRTP leaves the header readable (RFC 3711 3.1), and RTCP has other second bytes (RFC 5761 4).
    connection.send = (datagram: Buffer) =>
      isRtp(datagram) && toLose.delete(datagram.readUInt16BE(2))
        ? Promise.resolve()
        : send(datagram);
  }

  /** Requests for packets heard from the server. */
  async requestsHeard(): Promise<number> {
    const stats = [...(await this.peer.getStats()).values()];
    const outbound = stats.find(({ type }) => type === 'outbound-rtp');
    return outbound !== undefined && 'nackCount' in outbound ? Number(outbound.nackCount ?? 0) : 0;
  }

  /** Receiver reports heard from the server. */
  async roundTripsHeard(): Promise<number> {
    const stats = await this.peer.getStats();
    return [...stats.values()].filter(({ type }) => type === 'remote-inbound-rtp').length;
  }

  get ssrc(): number {
    return this.#sender.ssrc;
  }

  async close(): Promise<void> {
    await this.peer.close();
  }
}
