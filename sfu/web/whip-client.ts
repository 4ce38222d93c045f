import { whyNoMediaPath } from './media-path.js';

/** Why the server did not take the call. */
export class WhipRefusal extends Error {
  override readonly name = 'WhipRefusal';
  /** HTTP status, 0 when the server could not be reached. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface WhipPublication {
  /** How the room's events name this participant, where the server says so. */
  readonly participant: string | undefined;
  /** What may be wrong when it does not connect. */
  readonly whyNoMedia: string;
  /** Leaves the room; idempotent, and safe while the page is being closed. */
  stop(): void;
}

export interface WhipOptions {
  readonly room: string;
  readonly token: string | undefined;
  readonly stream: MediaStream;
  readonly onConnectionState: (state: RTCPeerConnectionState) => void;
}

const GATHERING_LIMIT_MS = 1500;

/**
 * Publishes the audio of `stream` to a room by WHIP (RFC 9725), all candidates in the offer.
 *
 * @throws {WhipRefusal} with the server's status and its reason
 */
export async function publish(options: WhipOptions): Promise<WhipPublication> {
  const { room, token, stream, onConnectionState } = options;
  const peer = new RTCPeerConnection();
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    for (const track of stream.getAudioTracks()) {
      offerCaptureTime(peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] }));
    }
    await peer.setLocalDescription(offeringNack(await peer.createOffer()));
    await gathered(peer);
    const response = await post(
      `/whip/${encodeURIComponent(room)}`,
      {
        ...headers,
        'content-type': 'application/sdp',
      },
      peer.localDescription?.sdp ?? '',
    );
    const resource = new URL(response.headers.get('location') ?? '', response.url).href;
    peer.onconnectionstatechange = () => onConnectionState(peer.connectionState);
    const participant = response.headers.get('earshot-participant') ?? undefined;
    const answer = await response.text();
    const whyNoMedia = whyNoMediaPath(peer.localDescription?.sdp ?? '', answer);
    const publication = { participant, whyNoMedia, stop: stopping(peer, resource, headers) };
    try {
      await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    } catch (error) {
      publication.stop();
      throw error;
    }
    return publication;
  } catch (error) {
    peer.close();
    throw error;
  }
}

function stopping(
  peer: RTCPeerConnection,
  resource: string,
  headers: Record<string, string>,
): () => void {
  let stopped = false;
  return () => {
    if (stopped) return;
    stopped = true;
    peer.onconnectionstatechange = null;
    peer.close();
    // keepalive: the request outlives the page. A server that is gone has forgotten the call anyway.
    fetch(resource, { method: 'DELETE', headers, keepalive: true }).catch(() => undefined);
  };
}

/** As far as a browser has it (W3C, WebRTC Extensions, "RTP Header Extension Control"). */
interface HeaderExtensionControl {
  getHeaderExtensionsToNegotiate?(): { readonly uri: string; direction: string }[];
  setHeaderExtensionsToNegotiate?(
    extensions: readonly { readonly uri: string; readonly direction: string }[],
  ): void;
}

/** Offers to say when audio was captured: browsers that can do not by themselves. */
function offerCaptureTime(transceiver: RTCRtpTransceiver & HeaderExtensionControl): void {
  const extensions = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
  const captureTime = extensions.find(({ uri }) => uri.endsWith('/abs-capture-time'));
  if (captureTime === undefined) return;
  captureTime.direction = 'sendrecv';
  try {
    transceiver.setHeaderExtensionsToNegotiate?.(extensions);
  } catch {
    // A call without capture times is a call.
  }
}

/**
 * Offers to send lost audio again. Browsers can, for every codec, but say so by themselves of video only; where the
 * line that it goes behind is missing, the offer stays as it is.
 */
function offeringNack({ type, sdp = '' }: RTCSessionDescriptionInit): RTCSessionDescriptionInit {
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2\r\n/im;
  return { type, sdp: sdp.replace(opus, '$&a=rtcp-fb:$1 nack\r\n') };
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', headers, body });
  } catch {
    throw new WhipRefusal(0, 'The server cannot be reached');
  }
  if (response.status === 201) return response;
  throw new WhipRefusal(response.status, await reasonOf(response));
}

/** The server's own words where it gives them: a problem document (RFC 9457), or short plain text. */
async function reasonOf(response: Response): Promise<string> {
  const text = (await response.text().catch(() => '')).slice(0, 500);
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'detail' in body) return String(body.detail);
  } catch {
    // Not JSON.
  }
  return text || response.statusText || `status ${response.status}`;
}

function gathered(peer: RTCPeerConnection): Promise<void> {
  if (peer.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHERING_LIMIT_MS);
    peer.onicegatheringstatechange = () => {
      if (peer.iceGatheringState !== 'complete') return;
      clearTimeout(timer);
      resolve();
    };
  });
}
