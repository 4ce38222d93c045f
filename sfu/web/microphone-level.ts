/** At 48 kHz 170 ms: longer than the meter waits between two looks, so that no syllable falls between them. */
const WINDOW_SAMPLES = 8192;

/** How loud a microphone is, measured in the page: the statistics of a connection say it in some browsers only. */
export class MicrophoneLevel {
  readonly #context = new AudioContext();
  readonly #analyser = new AnalyserNode(this.#context, { fftSize: WINDOW_SAMPLES });
  readonly #samples = new Float32Array(WINDOW_SAMPLES);

  constructor(stream: MediaStream) {
    new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream }).connect(this.#analyser);
    // The button that started the call is gesture enough; where it is not, the meter rests.
    this.#context.resume().catch(() => undefined);
  }

  /** The greatest sample of late, 0..1. */
  get peak(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return this.#samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  }

  /** Idempotent. */
  close(): void {
    if (this.#context.state !== 'closed') void this.#context.close();
  }
}
