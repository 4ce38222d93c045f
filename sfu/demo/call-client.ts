import {
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtcpSenderInfo,
  RtcpSrPacket,
  RtpHeader,
} from 'werift';
import { UdpRelay, type UdpRelayOptions } from './udp-relay.js';

export interface CallClientOptions extends Pick<UdpRelayOptions, 'network' | 'clock' | 'onMedia'> {
  /** Of the WHIP endpoint, for example `http://127.0.0.1:8080/whip/lobby`. */
  readonly endpoint: string;
}

const REPORT_EVERY_MS = 500;
const CONNECT_LIMIT_MS = 10_000;
/** Both counters wrap within the call: a receiver has to take that. */
const FIRST_SEQUENCE_NUMBER = 65_000;
const FIRST_TIMESTAMP = 2 ** 32 - 480_000;
const TICKS_PER_US = 0.048;
/** Seconds from 1900 to 1970 (RFC 5905). */
const NTP_UNIX_OFFSET_SECONDS = 2_208_988_800n;

/** A WebRTC client that publishes Opus by WHIP over DTLS-SRTP, its datagrams carried by a simulated network. */
export class CallClient {
  readonly #options: CallClientOptions;
  readonly #peer = new RTCPeerConnection({
    codecs: {
      audio: [
        new RTCRtpCodecParameters({
          mimeType: 'audio/opus',
          clockRate: 48_000,
          channels: 2,
          parameters: 'minptime=10;useinbandfec=1',
        }),
      ],
    },
    iceServers: [],
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ['127.0.0.1'],
    iceInterfaceAddresses: { udp4: '127.0.0.1' },
  });
  readonly #transceiver = this.#peer.addTransceiver('audio', { direction: 'sendonly' });
  #relay: UdpRelay | undefined;
  #resource: string | undefined;
  #captureStartUs = 0;
  #packets = 0;
  #octets = 0;
  #reports: NodeJS.Timeout | undefined;

  constructor(options: CallClientOptions) {
    this.#options = options;
    // werift asks a public server for its address unless told not to.
    delete this.#transceiver.dtlsTransport.iceTransport.connection.stunServer;
  }

  /** Publishes; resolves when media can flow. */
  async connect(): Promise<void> {
    const { endpoint, network, clock, onMedia } = this.#options;
    await this.#peer.setLocalDescription(await this.#peer.createOffer());
    const offer = this.#peer.localDescription?.sdp ?? '';
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      // Without candidates of its own this client is reached only by the way it came: the relay.
      body: offer.replace(/^a=candidate:.*\r\n/gm, ''),
    });
    const answer = await response.text();
    if (response.status !== 201) throw new Error(`The server refused the call: ${answer}`);
    this.#resource = new URL(response.headers.get('location') ?? '', endpoint).href;

    const target = candidateOf(answer);
    this.#relay = new UdpRelay({ network, target, clock, onMedia });
    const port = await this.#relay.listen();
    const sdp = answer.replaceAll(
      `${target.address} ${target.port} typ host`,
      `127.0.0.1 ${port} typ host`,
    );
    await this.#peer.setRemoteDescription({ type: 'answer', sdp });
    await this.#peer.connectionStateChange.watch(
      (state) => state === 'connected',
      CONNECT_LIMIT_MS,
    );
  }

  /** Says when the first sample was captured; sender reports follow from it. */
  startCapture(captureStartUs: number): void {
    this.#captureStartUs = captureStartUs;
    this.#reports = setInterval(() => this.#sendReport(), REPORT_EVERY_MS);
  }

  /** RTP timestamp of the sample captured at `captureUs`. */
  timestampAt(captureUs: number): number {
    const ticks = Math.round((captureUs - this.#captureStartUs) * TICKS_PER_US);
    return (FIRST_TIMESTAMP + ticks) % 2 ** 32;
  }

  /** Sends an Opus packet whose first sample was captured at `captureUs`. */
  send(opus: Uint8Array, captureUs: number): void {
    const { sender, dtlsTransport } = this.#transceiver;
    const header = new RtpHeader({
      payloadType: sender.codec?.payloadType ?? 0,
      sequenceNumber: (FIRST_SEQUENCE_NUMBER + this.#packets) % 2 ** 16,
      timestamp: this.timestampAt(captureUs),
      ssrc: sender.ssrc,
      marker: this.#packets === 0,
    });
    this.#packets += 1;
    this.#octets += opus.length;
    void dtlsTransport.sendRtp(Buffer.from(opus), header);
  }

  /** Leaves the room; idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#reports);
    if (this.#resource !== undefined) await fetch(this.#resource, { method: 'DELETE' });
    this.#resource = undefined;
    await this.#peer.close();
    this.#relay?.close();
  }

  /**
   * RFC 3550 6.4.1: the wall clock and the RTP timestamp of one instant, this one.
   *
   * werift's own reports give the clock of one instant and the timestamp of another.
   */
  #sendReport(): void {
    const { clock } = this.#options;
    const senderInfo = new RtcpSenderInfo({
      ntpTimestamp: ntpNow(),
      rtpTimestamp: this.timestampAt(clock.nowUs()),
      packetCount: this.#packets,
      octetCount: this.#octets,
    });
    const { sender, dtlsTransport } = this.#transceiver;
    void dtlsTransport.sendRtcp([new RtcpSrPacket({ ssrc: sender.ssrc, senderInfo })]);
  }
}

function ntpNow(): bigint {
  const unixUs = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));
  const seconds = unixUs / 1_000_000n + NTP_UNIX_OFFSET_SECONDS;
  return (seconds << 32n) | (((unixUs % 1_000_000n) << 32n) / 1_000_000n);
}

function candidateOf(sdp: string): { readonly address: string; readonly port: number } {
  const [, address, port] = /^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host/im.exec(sdp) ?? [];
  if (address === undefined) throw new Error('The answer names no address for media');
  return { address, port: Number(port) };
}
