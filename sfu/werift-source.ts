import { isIP } from 'node:net';
import {
  GenericNack,
  type RTCDtlsTransport,
  RTCPeerConnection,
  RTCRtcpFeedback,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type RTCRtpReceiver,
  type RtcpPacket,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
  type RtpPacket,
} from 'werift';
import { type Clock, EarshotError } from '../src/index.js';
import { candidateLine, MAX_CANDIDATES, type UdpCandidate } from './ice-candidate.js';
import { candidateAddresses, type MediaAddress } from './media-address.js';
import type { RtpBackend, RtpSource, SourceEnd, SourceHandlers } from './rtp-source.js';
import {
  ABS_CAPTURE_TIME,
  type AudioOffer,
  WANTED_EXTENSIONS,
  writeCanonicalOffer,
} from './sdp-offer.js';

export interface WeriftOptions {
  readonly media: MediaAddress;
  /** How long a peer may take to finish ICE and DTLS, ms. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

/** Addresses learnt from STUN requests; werift itself bounds them not. */
const MAX_REMOTE_ADDRESSES = 2 * MAX_CANDIDATES;
/** SSRCs of one peer that are answered with receiver reports. */
const MAX_REPORTED_SSRCS = 4;
/** A DTLS alert carries no proof of its sender: media that goes on this long after it overrules it. */
const DTLS_CLOSE_GRACE_MS = 500;
/** Seconds from 1900 to 1970 (RFC 5905). */
const NTP_UNIX_OFFSET_SECONDS = 2_208_988_800;
const RTP_HEADER_BYTES = 12;

/** The backend on werift: WebRTC in TypeScript, no build step. */
export function createWeriftBackend(options: WeriftOptions): RtpBackend {
  const sources = new Set<WeriftSource>();
  let gathering: Promise<unknown> = Promise.resolve();
  return {
    name: 'werift',
    async accept(offer, handlers) {
      const source = new WeriftSource(options, offer, {
        ...handlers,
        ended(reason) {
          sources.delete(source);
          handlers.ended(reason);
        },
      });
      sources.add(source);
      // werift looks for a free port of a range and binds it in two steps; two peers at once would race, and a
      // failed bind there is an unhandled 'error' event.
      const turn = gathering.then(() => source.answer(offer));
      gathering = turn.catch(() => undefined);
      try {
        return { answerSdp: await turn, source };
      } catch (error) {
        await source.close();
        throw error;
      }
    },
    async close() {
      await Promise.all([...sources].map((source) => source.close()));
    },
  };
}

class WeriftSource implements RtpSource {
  readonly answersNack: boolean;
  readonly captureTimeExtension: number | undefined;
  readonly #clock: Clock;
  readonly #handlers: SourceHandlers;
  readonly #peer: RTCPeerConnection;
  readonly #receiver: RTCRtpReceiver;
  readonly #dtls: RTCDtlsTransport;
  readonly #mid: string;
  readonly #remoteUfrag: string;
  readonly #announcedSsrcs: ReadonlySet<number>;
  readonly #unannouncedSsrcs = new Set<number>();
  readonly #connectTimer: NodeJS.Timeout;
  #graceTimer: NodeJS.Timeout | undefined;
  #candidateCount: number;
  #arrivalUs = 0;
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(
    { media, connectTimeoutMs, clock }: WeriftOptions,
    offer: AudioOffer,
    handlers: SourceHandlers,
  ) {
    this.#clock = clock;
    this.#handlers = handlers;
    this.answersNack = offer.answersNack;
    // An answer keeps the offer's numbers (RFC 8285 6).
    this.captureTimeExtension = offer.headerExtensions.find(
      ({ uri }) => uri === ABS_CAPTURE_TIME,
    )?.id;
    this.#mid = offer.mid;
    this.#remoteUfrag = offer.iceUfrag;
    this.#announcedSsrcs = new Set(offer.ssrcs);
    this.#candidateCount = offer.candidates.length;
    const socketFamily = isIP(media.listenAddress) === 6 ? 'udp6' : 'udp4';
    this.#peer = new RTCPeerConnection({
      codecs: {
        audio: [
          new RTCRtpCodecParameters({
            mimeType: 'audio/opus',
            clockRate: 48_000,
            channels: 2,
            // werift itself asks for packets of video only: what to ask for here is the engine's to say.
            rtcpFeedback: [new RTCRtcpFeedback({ type: 'nack' })],
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
      // No address but the configured ones: werift's own list would be every interface of the host.
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: candidateAddresses(media),
      iceInterfaceAddresses: { [socketFamily]: media.listenAddress },
      icePortRange: media.ports === undefined ? undefined : [...media.ports],
      // werift answers any STUN request; this holds it to those that know both names of this ICE session.
      iceFilterStunResponse: (message, address) =>
        message.getAttributeValue('USERNAME') === `${this.#localUfrag()}:${this.#remoteUfrag}` &&
        this.#admitsAddress(address),
    });
    const transceiver = this.#peer.addTransceiver('audio', { direction: 'recvonly' });
    this.#receiver = transceiver.receiver;
    this.#dtls = transceiver.dtlsTransport;
    // a=setup:passive in the answer: the peer begins the handshake once its checks have passed.
    this.#dtls.role = 'server';
    const ice = this.#dtls.iceTransport.connection;
    // Without a server given, werift asks a public one: this host's address is nobody else's business.
    delete ice.stunServer;
    // Subscribed before werift's own handlers: nothing is done with a datagram before its arrival is noted.
    ice.onData.subscribe(() => {
      this.#arrivalUs = this.#clock.nowUs();
    });
    this.#dtls.onStateChange.subscribe((state) => this.#onDtlsState(state));
    this.#dtls.onRtp.subscribe((packet) => this.#reportUnannounced(packet));
    this.#dtls.onRtcp.subscribe((packet) => this.#onRtcp(packet));
    this.#peer.connectionStateChange.subscribe((state) => {
      if (state === 'failed') this.#end('transport-failed');
    });
    this.#connectTimer = setTimeout(() => this.#end('connect-timeout'), connectTimeoutMs);
    this.#connectTimer.unref();
  }

  async answer(offer: AudioOffer): Promise<string> {
    await this.#peer.setRemoteDescription({ type: 'offer', sdp: writeCanonicalOffer(offer) });
    await this.#peer.setLocalDescription(await this.#peer.createAnswer());
    if (this.#dtls.iceTransport.connection.localCandidates.length === 0) {
      throw new EarshotError(
        'EARSHOT_LIMIT_REACHED',
        'No UDP port could be bound for media; widen mediaPorts or check mediaAddress',
      );
    }
    return this.#peer.localDescription?.sdp ?? '';
  }

  async addCandidates(candidates: readonly UdpCandidate[]): Promise<void> {
    for (const candidate of candidates) {
      if (this.#ended || this.#candidateCount >= MAX_CANDIDATES) break;
      this.#candidateCount += 1;
      await this.#peer.addIceCandidate({ candidate: candidateLine(candidate), sdpMid: this.#mid });
    }
  }

  requestPackets(ssrc: number, sequenceNumbers: readonly number[]): void {
    if (this.#ended || !this.answersNack || sequenceNumbers.length === 0) return;
    const feedback = new GenericNack({
      senderSsrc: this.#receiver.rtcpSsrc,
      mediaSourceSsrc: ssrc,
      lost: [...sequenceNumbers],
    });
    // A request that does not get out is as one that the network lost.
    this.#dtls.sendRtcp([new RtcpTransportLayerFeedback({ feedback })]).catch(() => undefined);
  }

  rttUs(): number | undefined {
    const seconds = this.#dtls.iceTransport.connection.nominated?.rtt;
    return seconds === undefined ? undefined : Math.round(seconds * 1e6);
  }

  close(): Promise<void> {
    this.#end('closed');
    return this.#closing ?? Promise.resolve();
  }

  #end(reason: SourceEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#graceTimer);
    this.#closing = this.#free();
    this.#handlers.ended(reason);
  }

  async #free(): Promise<void> {
    await this.#peer.close();
    // peer.close() leaves a handshake retransmitting for half a minute; past the last flight it stops.
    if (this.#dtls.dtls !== undefined) this.#dtls.dtls.dtls.flight = Number.MAX_SAFE_INTEGER;
    this.#dtls.onRtp.allUnsubscribe();
    this.#dtls.onRtcp.allUnsubscribe();
    this.#dtls.onStateChange.allUnsubscribe();
    this.#dtls.iceTransport.connection.onData.allUnsubscribe();
  }

  #onDtlsState(state: RTCDtlsTransport['state']): void {
    if (state === 'connected') {
      clearTimeout(this.#connectTimer);
      this.#tapDecryption();
      this.#handlers.connected();
    } else if (state === 'failed') {
      this.#end('transport-failed');
    } else if (state === 'closed' && !this.#ended && this.#graceTimer === undefined) {
      const heardUs = this.#arrivalUs;
      this.#graceTimer = setTimeout(() => {
        this.#graceTimer = undefined;
        if (this.#arrivalUs === heardUs) this.#end('peer-closed');
      }, DTLS_CLOSE_GRACE_MS);
    }
  }

  /**
   * Takes the plaintext as the cipher gives it.
   *
   * werift's own packet objects come later, re-serialize without the padding between header extensions, and leave
   * out what its parser refuses; the engine has to count that.
   */
  #tapDecryption(): void {
    const { srtp } = this.#dtls;
    const decrypt = srtp.decrypt;
    srtp.decrypt = (datagram) => {
      const data = decrypt(datagram);
      if (!this.#ended && data.length >= RTP_HEADER_BYTES) {
        this.#handlers.packet({ data, arrivalUs: this.#arrivalUs, ssrc: data.readUInt32BE(8) });
      }
      return data;
    };
  }

  /** werift routes by announced SSRCs only; the others are shown to its receiver so that they get reports too. */
  #reportUnannounced(packet: RtpPacket): void {
    const { ssrc } = packet.header;
    if (this.#announcedSsrcs.has(ssrc)) return;
    if (!this.#unannouncedSsrcs.has(ssrc)) {
      if (this.#unannouncedSsrcs.size >= MAX_REPORTED_SSRCS) return;
      this.#unannouncedSsrcs.add(ssrc);
    }
    this.#receiver.handleRtpBySsrc(packet, {});
  }

  #onRtcp(packet: RtcpPacket): void {
    if (this.#ended || !(packet instanceof RtcpSrPacket)) return;
    const { ssrc, senderInfo } = packet;
    if (this.#unannouncedSsrcs.has(ssrc)) this.#receiver.handleRtcpPacket(packet);
    // The sender has no wall clock (RFC 3550 6.4.1).
    if (senderInfo.ntpTimestamp === 0n) return;
    const seconds = Number(senderInfo.ntpTimestamp >> 32n) - NTP_UNIX_OFFSET_SECONDS;
    const fraction = Number(senderInfo.ntpTimestamp & 0xffff_ffffn) / 2 ** 32;
    this.#handlers.senderReport({
      ssrc,
      ntpUnixUs: seconds * 1_000_000 + Math.round(fraction * 1e6),
      rtpTimestamp: senderInfo.rtpTimestamp,
      arrivalUs: this.#arrivalUs,
    });
  }

  #localUfrag(): string {
    return this.#dtls.iceTransport.connection.localUsername;
  }

  #admitsAddress([host, port]: readonly [string, number]): boolean {
    const known = this.#dtls.iceTransport.connection.remoteCandidates;
    return (
      known.length < MAX_REMOTE_ADDRESSES ||
      known.some((candidate) => candidate.host === host && candidate.port === port)
    );
  }
}
