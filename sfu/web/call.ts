import {
  MicrophoneError,
  type MicrophoneFailure,
  openMicrophone,
  type VoiceProcessing,
} from './microphone.js';
import { MicrophoneLevel } from './microphone-level.js';
import { pause } from './pause.js';
import { publish, type WhipPublication, WhipRefusal } from './whip-client.js';

export type CallState =
  | { readonly kind: 'idle' | 'asking' | 'connecting' | 'live' | 'reconnecting' }
  | { readonly kind: 'microphone-refused'; readonly failure: MicrophoneFailure }
  | { readonly kind: 'server-refused'; readonly status: number; readonly reason: string };

export interface CallOptions {
  readonly room: string;
  readonly token: string | undefined;
  readonly processing: VoiceProcessing;
}

const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const CONNECT_LIMIT_MS = 15_000;

/** One person's call: the microphone published to a room, and published again when the connection breaks. */
export class Call {
  readonly #options: CallOptions;
  readonly #onState: (state: CallState) => void;
  readonly #ended = new AbortController();
  #publication: WhipPublication | undefined;
  #stream: MediaStream | undefined;
  #level: MicrophoneLevel | undefined;
  #whyNoMedia = '';

  constructor(options: CallOptions, onState: (state: CallState) => void) {
    this.#options = options;
    this.#onState = onState;
  }

  /** How the room's events name this call, while it is published. */
  get participant(): string | undefined {
    return this.#publication?.participant;
  }

  /** Loudness of what the microphone gives, 0..1; 0 while it is not open. */
  get inputPeak(): number {
    return this.#level?.peak ?? 0;
  }

  /** Runs the call until `stop` or a refusal. */
  async run(): Promise<void> {
    this.#onState({ kind: 'asking' });
    try {
      const stream = await openMicrophone(this.#options.processing);
      this.#stream = stream;
      if (this.#ended.signal.aborted) return;
      this.#level = new MicrophoneLevel(stream);
      for (const track of stream.getAudioTracks()) {
        track.onended = () => this.#end({ kind: 'microphone-refused', failure: 'missing' });
      }
      this.#onState({ kind: 'connecting' });
      await this.#keepPublished(stream);
    } catch (error) {
      if (error instanceof MicrophoneError) {
        this.#end({ kind: 'microphone-refused', failure: error.failure });
      } else if (error instanceof WhipRefusal) {
        this.#end({ kind: 'server-refused', status: error.status, reason: error.message });
      } else {
        this.#end({ kind: 'server-refused', status: 0, reason: String(error) });
      }
    } finally {
      this.#release();
    }
  }

  /** Leaves the room and lets go of the microphone; idempotent. */
  stop(): void {
    this.#end({ kind: 'idle' });
  }

  async #keepPublished(stream: MediaStream): Promise<void> {
    const { room, token } = this.#options;
    const { signal } = this.#ended;
    let wasLive = false;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.#publishOnce(room, token, stream, () => {
          failures = 0;
          wasLive = true;
        });
      } catch (error) {
        // A first refusal is the answer; once live, only an unreachable or overloaded server is worth another try.
        const passing = error instanceof WhipRefusal && (error.status === 0 || error.status >= 500);
        if (!wasLive || !passing) throw error;
      }
      if (signal.aborted) return;
      if (!wasLive) throw new WhipRefusal(0, this.#whyNoMedia);
      this.#onState({ kind: 'reconnecting' });
      await pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 8000, signal);
    }
  }

  /** Resolves when the connection has failed or the call has ended. */
  async #publishOnce(
    room: string,
    token: string | undefined,
    stream: MediaStream,
    onLive: () => void,
  ): Promise<void> {
    const { signal } = this.#ended;
    const failed = new AbortController();
    let connected = false;
    const publication = await publish({
      room,
      token,
      stream,
      onConnectionState: (state) => {
        if (state === 'connected') {
          connected = true;
          onLive();
          this.#onState({ kind: 'live' });
        } else if (state === 'disconnected') {
          this.#onState({ kind: 'reconnecting' });
        } else if (state === 'failed') {
          failed.abort();
        }
      },
    });
    this.#publication = publication;
    this.#whyNoMedia = publication.whyNoMedia;
    const connectLimit = setTimeout(() => {
      if (!connected) failed.abort();
    }, CONNECT_LIMIT_MS);
    await aborted(AbortSignal.any([signal, failed.signal]));
    clearTimeout(connectLimit);
    publication.stop();
    this.#publication = undefined;
  }

  #end(state: CallState): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#release();
    this.#onState(state);
  }

  #release(): void {
    this.#publication?.stop();
    this.#publication = undefined;
    this.#level?.close();
    this.#level = undefined;
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}
