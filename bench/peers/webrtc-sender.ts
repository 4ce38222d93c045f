import {
  RTCPeerConnection,
  RTCRtpCodecParameters,
  type RTCRtpTransceiver,
  RtpPacket,
} from 'werift';
import type { Counters } from './contender.js';

const LOOPBACK = '127.0.0.1';
const CONNECT_WITHIN_MS = 15_000;

/**
 * Sends given RTP packets over WebRTC on the loopback, each as it is and at once.
 *
 * werift changes the SSRC, the payload type and the header extensions of what it sends, and neither numbers nor
 * timestamps: gaps and order stay. Nothing but Opus with in-band FEC is offered (no RED, NACK or transport-cc), so
 * that no peer can get back what the network took.
 */
export class WebrtcSender {
  readonly #peer: RTCPeerConnection;
  readonly #transceiver: RTCRtpTransceiver;

  constructor() {
    this.#peer = new RTCPeerConnection({
      codecs: {
        audio: [
          new RTCRtpCodecParameters({
            mimeType: 'audio/opus',
            clockRate: 48_000,
            channels: 2, // always 2 in SDP, whatever is sent (RFC 7587 7)
            payloadType: 111,
            parameters: 'minptime=10;useinbandfec=1',
            rtcpFeedback: [],
          }),
        ],
        video: [],
      },
      headerExtensions: { audio: [], video: [] },
      bundlePolicy: 'max-bundle',
      iceServers: [],
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: [LOOPBACK],
      iceInterfaceAddresses: { udp4: LOOPBACK },
    });
    this.#transceiver = this.#peer.addTransceiver('audio', { direction: 'sendonly' });
    // Without a server given, werift asks a public one.
    delete this.#transceiver.dtlsTransport.iceTransport.connection.stunServer;
  }

  /** @param answer - makes the peer's answer to an offer, its candidates in it */
  async connect(answer: (offerSdp: string) => Promise<string>): Promise<void> {
    await this.#peer.setLocalDescription(await this.#peer.createOffer());
    const sdp = await answer(this.#peer.localDescription?.sdp ?? '');
    if (!/useinbandfec=1/.test(sdp)) throw new Error('The peer does not take in-band FEC');
    const connected = this.#whenConnected();
    await this.#peer.setRemoteDescription({ type: 'answer', sdp });
    await connected;
  }

  send(packet: Uint8Array): void {
    void this.#transceiver.sender.sendRtp(RtpPacket.deSerialize(Buffer.from(packet)));
  }

  async close(): Promise<void> {
    await this.#peer.close();
  }

  async #whenConnected(): Promise<void> {
    const giveUp = AbortSignal.timeout(CONNECT_WITHIN_MS);
    await new Promise<void>((resolve, reject) => {
      giveUp.onabort = () => reject(new Error(`No connection in ${CONNECT_WITHIN_MS} ms`));
      this.#peer.connectionStateChange.subscribe((state) => {
        if (state === 'connected') resolve();
        if (state === 'failed') reject(new Error('ICE or DTLS failed'));
      });
    });
  }
}

/** An `inbound-rtp` report as libwebrtc fills it in. */
export interface InboundRtpStats extends Omit<Counters, 'fecFramesPlayed'> {
  readonly fecPacketsReceived: number;
  readonly fecPacketsDiscarded: number;
}

/**
 * libwebrtc counts every copy that came as received, and those that it did not play as discarded.
 *
 * @param stats - undefined before the first packet, when a browser has no report yet
 */
export function countersOf(stats: InboundRtpStats | undefined): Counters {
  return {
    packetsReceived: stats?.packetsReceived ?? 0,
    totalSamplesReceived: stats?.totalSamplesReceived ?? 0,
    concealedSamples: stats?.concealedSamples ?? 0,
    insertedSamplesForDeceleration: stats?.insertedSamplesForDeceleration ?? 0,
    removedSamplesForAcceleration: stats?.removedSamplesForAcceleration ?? 0,
    jitterBufferDelay: stats?.jitterBufferDelay ?? 0,
    jitterBufferEmittedCount: stats?.jitterBufferEmittedCount ?? 0,
    fecFramesPlayed: (stats?.fecPacketsReceived ?? 0) - (stats?.fecPacketsDiscarded ?? 0),
  };
}
