import {
  type AudioFrame,
  type Clock,
  EarshotError,
  LEDGER_STAGES,
  type LedgerEntry,
  type Recognizer,
  SpeechPipeline,
  TICKS_PER_SECOND,
  type SenderReport as TimedReport,
} from '../src/index.js';
import { withFailuresInSession } from './lenient-recognizer.js';
import type { Metrics } from './metrics.js';
import { PacketCounts } from './packet-counts.js';
import type { AudioStream, StreamTerms } from './participant.js';
import type { FrameNote, RoomEvent } from './room-events.js';
import type { SenderReport, SourcePacket } from './rtp-source.js';

export interface SpeechStreamOptions {
  readonly participant: string;
  readonly recognizer: Recognizer;
  readonly language: string | undefined;
  readonly deadlineMs: number;
  readonly budgetMs: number;
  readonly metrics: Metrics;
  readonly clock: Clock;
  publish(event: RoomEvent): void;
  readonly terms: StreamTerms;
}

const TICKS_PER_MS = TICKS_PER_SECOND / 1000;
/** How often frames are told, ms; and every how many of those the statistics. */
const FRAMES_MS = 100;
const TICKS_A_STATS = 10;
/** Frames told in one event at most, so that what waits for a slow watcher is bounded in bytes too. */
const MAX_FRAMES_TOLD = 100;
/** Packets kept while the recognizer opens: 10 s at 20 ms. */
const MAX_EARLY_PACKETS = 500;
/** Sender reports kept meanwhile; they come every few seconds (RFC 3550 6.2). */
const MAX_EARLY_REPORTS = 8;
/** What the engine takes for a round trip, ms. */
const SHORTEST_RTT_MS = 1;
const LONGEST_RTT_MS = 10_000;
/** Longest a participant's last words are waited for, ms. */
const LAST_WORDS_MS = 10_000;

/** One participant's audio: packets to the pipeline, what comes of them to the room and to the metrics. */
export class SpeechStream implements AudioStream {
  readonly #options: SpeechStreamOptions;
  readonly #packetCounts: PacketCounts;
  readonly #opening: Promise<void>;
  #pipeline: SpeechPipeline | undefined;
  /** Undefined once there is a pipeline, or there will be none. */
  #early: SourcePacket[] | undefined = [];
  #earlyReports: TimedReport[] = [];
  #rttUs: number | undefined;
  #frames: FrameNote[] = [];
  #ticks = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(options: SpeechStreamOptions) {
    this.#options = options;
    this.#packetCounts = new PacketCounts(options.metrics);
    this.#opening = this.#open();
  }

  packet(packet: SourcePacket): void {
    if (this.#closing !== undefined) return;
    if (this.#pipeline !== undefined) this.#pipeline.push([packet]);
    else if (this.#early !== undefined && this.#early.length < MAX_EARLY_PACKETS) {
      this.#early.push(packet);
    } else this.#options.metrics.packets('overflow', 1);
  }

  senderReport(report: SenderReport): void {
    if (this.#closing !== undefined) return;
    const timed = { ...report, rttUs: this.#rttUs };
    if (this.#pipeline !== undefined) this.#pipeline.senderReport(timed);
    else if (this.#early !== undefined) {
      this.#earlyReports = [...this.#earlyReports.slice(1 - MAX_EARLY_REPORTS), timed];
    }
  }

  roundTrip(rttUs: number): void {
    this.#rttUs = rttUs;
    if (this.#options.terms.requestPackets === undefined) return;
    const rttMs = Math.min(LONGEST_RTT_MS, Math.max(SHORTEST_RTT_MS, rttUs / 1000));
    this.#pipeline?.setRoundTrip(rttMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(): Promise<void> {
    const { recognizer, language, deadlineMs, budgetMs, clock, terms } = this.#options;
    try {
      const pipeline = await SpeechPipeline.open({
        recognizer: withFailuresInSession(recognizer),
        receiver: { deadlineMs, captureTimeExtension: terms.captureTimeExtension },
        budgetMs,
        clock,
        ...(language === undefined ? {} : { language }),
      });
      this.#pipeline = pipeline;
      if (this.#closed) return;
      this.#listen(pipeline);
      if (this.#rttUs !== undefined) this.roundTrip(this.#rttUs);
      for (const report of this.#earlyReports) pipeline.senderReport(report);
      for (const packet of this.#early ?? []) pipeline.push([packet]);
    } catch (error) {
      this.#recognizerFailed(error);
    }
    this.#early = undefined;
    this.#earlyReports = [];
  }

  #listen(pipeline: SpeechPipeline): void {
    const { participant } = this.#options;
    pipeline.on('frame', ({ frame }) => this.#onFrame(frame));
    pipeline.on('delivered', ({ latency }) => this.#onDelivered(latency));
    pipeline.on('speech', ({ state, atMs }) => {
      this.#publish({ type: 'speech', participant, state, atMs });
    });
    pipeline.on('transcript', ({ transcript }) => {
      const { final, utterance, text, startMs, endMs, words, captureUnixMs } = transcript;
      this.#tellFrames();
      this.#publish({
        type: 'transcript',
        participant,
        final,
        utterance,
        text,
        startMs,
        endMs,
        words: words.map((word) => ({
          text: word.text,
          startMs: word.startMs,
          endMs: word.endMs,
          heardRatio: word.heardRatio,
          captureUnixMs: word.captureUnixMs,
        })),
        captureUnixMs,
      });
    });
    pipeline.on('packets-missing', ({ requests }) => {
      this.#options.metrics.packetsRequested(requests.length);
      this.#options.terms.requestPackets?.(requests.map(({ sequenceNumber }) => sequenceNumber));
    });
    pipeline.on('recognizer-failed', ({ error }) => this.#recognizerFailed(error));
    this.#timer = setInterval(() => this.#onTick(), FRAMES_MS);
    this.#timer.unref();
  }

  #onFrame(frame: AudioFrame): void {
    const { mediaTicks, durationTicks, provenance, latencyUs, levelDb, version } = frame;
    const { captureUnixUs } = frame;
    const durationMs = durationTicks / TICKS_PER_MS;
    // A repair is no more audio.
    if (version === 0) this.#options.metrics.audio(provenance, durationMs);
    this.#frames.push({
      startMs: mediaTicks / TICKS_PER_MS,
      durationMs,
      provenance,
      latencyMs: latencyUs / 1000,
      levelDb,
      captureUnixMs: captureUnixUs === undefined ? undefined : captureUnixUs / 1000,
    });
    if (this.#frames.length >= MAX_FRAMES_TOLD) this.#tellFrames();
  }

  #onDelivered(latency: LedgerEntry): void {
    for (const stage of [...LEDGER_STAGES, 'total'] as const) {
      this.#options.metrics.latency(stage, latency[stage] * 1000);
    }
  }

  /** The message comes from the recognizer and may hold anything: only what Earshot itself wrote is passed on. */
  #recognizerFailed(error: unknown): void {
    const { participant, metrics } = this.#options;
    metrics.recognizerFailed();
    const message =
      error instanceof EarshotError ? error.message : 'The recognizer failed; audio goes on';
    this.#publish({ type: 'recognizer-failed', participant, message });
  }

  #onTick(): void {
    this.#tellFrames();
    this.#ticks += 1;
    if (this.#ticks % TICKS_A_STATS === 0) this.#tellStats();
  }

  #tellFrames(): void {
    if (this.#frames.length === 0) return;
    const { participant } = this.#options;
    this.#publish({ type: 'frames', participant, frames: this.#frames });
    this.#frames = [];
  }

  #tellStats(): void {
    const stats = this.#pipeline?.stats();
    if (stats === undefined) return;
    const { receiver, ledger, deadlineMs } = stats;
    this.#packetCounts.update(receiver);
    this.#publish({
      type: 'stats',
      participant: this.#options.participant,
      packets: {
        received: receiver.packetsReceived,
        lost: receiver.packetsLost,
        late: receiver.packetsLate,
        duplicate: receiver.packetsDuplicate,
      },
      concealedRatio: receiver.concealedRatio,
      ledger: ledger.stages,
      budgetMs: ledger.budgetMs,
      deadlineMs,
      measuredUplinkRatio: ledger.frames === 0 ? 0 : ledger.measuredUplinks / ledger.frames,
    });
  }

  async #close(): Promise<void> {
    const finished = this.#opening
      .then(() => this.#pipeline?.close())
      .catch((error: unknown) => this.#recognizerFailed(error));
    let limit: NodeJS.Timeout | undefined;
    await Promise.race([
      finished,
      new Promise((resolve) => {
        limit = setTimeout(resolve, LAST_WORDS_MS);
      }),
    ]);
    clearTimeout(limit);
    clearInterval(this.#timer);
    this.#tellFrames();
    this.#tellStats();
    this.#closed = true;
  }

  /** Nothing is told once the participant has left, though a stuck recognizer may still speak up. */
  #publish(event: RoomEvent): void {
    if (!this.#closed) this.#options.publish(event);
  }
}
