import { CaptureClock, type SenderReport } from './capture-clock.js';
import type { Clock } from './clock.js';
import { EarshotError } from './errors.js';
import { EventStream } from './event-stream.js';
import type { PipelineEvent, PipelineReading, PipelineStats } from './pipeline-events.js';
import {
  resolvePipelineOptions,
  type SpeechPipelineConfig,
  type SpeechPipelineOptions,
} from './pipeline-options.js';
import { type AudioFrame, TICKS_PER_SECOND } from './receiver/audio-frame.js';
import { Receiver } from './receiver/receiver.js';
import type { RtpArrival } from './receiver/rtp-arrival.js';
import { ntpOf } from './receiver/sender-report.js';
import type { Hypothesis } from './recognizers/recognizer.js';
import { RecognizerLink } from './recognizers/recognizer-link.js';
import { Chunker, type DroppedAudio, type ReadyChunk } from './speech/chunker.js';
import { DropAnnouncer } from './speech/drop-announcer.js';
import { LatencyLedger } from './speech/latency-ledger.js';
import { TranscriptBuilder } from './speech/transcript.js';

/** Audio a recognizer may have waiting before chunks are held back, ms. */
const MAX_BACKLOG_MS = 500;
/** A stream that gives no frame for this long ends the utterance, µs. */
const IDLE_US = 1_000_000;
const QUEUED_EVENTS = 1024;
/** Rounds of the event loop that may bring more packets before time moves on. */
const MAX_INPUT_ROUNDS = 8;

/** One stream of audio from RTP packets to transcripts. This file reads top to bottom as the data path. */
export class SpeechPipeline implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #receiver: Receiver;
  readonly #captureClock = new CaptureClock();
  readonly #ledger: LatencyLedger;
  readonly #chunker: Chunker;
  readonly #drops = new DropAnnouncer();
  readonly #transcripts = new TranscriptBuilder();
  readonly #events = new EventStream<PipelineEvent>(QUEUED_EVENTS);
  readonly #recognizerName: string;
  #link: RecognizerLink | undefined;
  #pushes = 0;
  #pollPlanned = false;
  #cancelWakeup: (() => void) | undefined;
  #cancelIdle: (() => void) | undefined;
  #counters = { unrecognizedMs: 0, repairedMs: 0, failures: 0, utterances: 0 };
  #closing: Promise<void> | undefined;
  #finalStats: PipelineStats | undefined;

  private constructor(config: SpeechPipelineConfig) {
    const { receiver, clock, budgetMs, assumedUplinkMs, chunkMs, maxDecodeBufferMs } = config;
    this.#clock = clock;
    this.#recognizerName = config.recognizer.name;
    this.#ledger = new LatencyLedger(budgetMs, assumedUplinkMs);
    this.#chunker = new Chunker(receiver.sampleRateHz, chunkMs, maxDecodeBufferMs);
    this.#receiver = new Receiver(receiver);
  }

  /**
   * Opens the recognizer and waits for packets.
   *
   * @throws {EarshotError} `EARSHOT_BAD_OPTION`; `EARSHOT_ADDON_MISSING`; what the recognizer's `open` throws
   */
  static async open(options: SpeechPipelineOptions): Promise<SpeechPipeline> {
    const config = resolvePipelineOptions(options);
    const { recognizer, language, signal } = config;
    const pipeline = new SpeechPipeline(config);
    try {
      pipeline.#link = await RecognizerLink.open({
        recognizer,
        context: { sampleRateHz: config.receiver.sampleRateHz, language, signal: undefined },
        chunker: pipeline.#chunker,
        clock: pipeline.#clock,
        retries: config.recognizerRetries,
        maxBacklogMs: MAX_BACKLOG_MS,
        onWritten: (ready, writtenUs) => pipeline.#onWritten(ready, writtenUs),
        onHypothesis: (hypothesis) => pipeline.#onHypothesis(hypothesis),
        onFailed: (error, retriesLeft) => pipeline.#onFailed(error, retriesLeft),
        onReopened: () => {
          pipeline.#transcripts.sessionOpened();
          pipeline.#events.emit({ type: 'recognizer-reopened' });
        },
      });
    } catch (error) {
      pipeline.#receiver.close();
      throw error;
    }
    if (signal?.aborted === true) await pipeline.close();
    signal?.addEventListener('abort', () => void pipeline.close(), { once: true });
    return pipeline;
  }

  /**
   * Takes packets as they arrive; time moves on only once everything that waits was pushed.
   *
   * @throws {EarshotError} `EARSHOT_CLOSED`; `EARSHOT_BAD_ARGUMENT` for an arrival time that is not integer µs
   */
  push(packets: readonly RtpArrival[]): void {
    if (this.#closing !== undefined) {
      throw new EarshotError('EARSHOT_CLOSED', 'This pipeline is closed; open a new one');
    }
    this.#receiver.push(packets);
    this.#captureClock.notePackets(packets);
    this.#pushes++;
    this.#planPoll();
  }

  /**
   * Takes an RTCP sender report: from then on frames carry `captureUnixUs`, and where the round trip is known uplinks are
   * measured, not assumed. Reports of another SSRC are kept for when it takes the stream's place.
   *
   * @throws {EarshotError} `EARSHOT_BAD_OPTION` for a field out of its range; `EARSHOT_CLOSED`
   */
  senderReport(report: SenderReport): void {
    const { ssrc, ntpUnixUs, rtpTimestamp } = report;
    this.#receiver.senderReport({ ssrc, rtpTimestamp, ...ntpOf(ntpUnixUs) });
    this.#captureClock.report(report);
  }

  /**
   * Says how long the round trip to the sender takes, 1..10000 ms, where the sender answers requests: from then on
   * `packets-missing` tells what to ask for, and holes are waited for as long as answers take.
   *
   * @throws {EarshotError} `EARSHOT_BAD_OPTION`; `EARSHOT_CLOSED`
   */
  setRoundTrip(rttMs: number): void {
    this.#receiver.setRoundTrip(rttMs);
    this.#planPoll();
  }

  #planPoll(): void {
    if (this.#pollPlanned) return;
    this.#pollPlanned = true;
    const round = (left: number): void => {
      const pushes = this.#pushes;
      this.#clock.afterInput(() => {
        if (this.#pushes !== pushes && left > 0) round(left - 1);
        else this.#poll();
      });
    };
    round(MAX_INPUT_ROUNDS);
  }

  #poll(): void {
    this.#pollPlanned = false;
    if (this.#closing !== undefined) return;
    const nowUs = this.#drain();
    this.#askForMissing(nowUs);
    this.#cancelWakeup?.();
    const wakeupUs = this.#receiver.nextWakeup();
    this.#cancelWakeup =
      wakeupUs === undefined
        ? undefined
        : this.#clock.wakeAt(Math.max(wakeupUs, nowUs + 1), () => this.#planPoll());
  }

  #drain(): number {
    const nowUs = this.#clock.nowUs();
    let frames = 0;
    this.#receiver.drain(nowUs, (frame) => {
      frames++;
      this.#onFrame({ ...frame, pcm: frame.pcm.slice() });
    });
    if (frames > 0) this.#afterFrames();
    return nowUs;
  }

  #askForMissing(nowUs: number): void {
    const requests = this.#receiver.nackRequests(nowUs);
    if (requests.length > 0) this.#events.emit({ type: 'packets-missing', requests });
  }

  #afterFrames(): void {
    this.#link?.pump();
    this.#cancelIdle?.();
    this.#cancelIdle = this.#clock.wakeAt(
      this.#clock.nowUs() + IDLE_US,
      () => void this.#link?.flush(),
    );
  }

  #onFrame(frame: AudioFrame): void {
    const decodedUs = this.#clock.nowUs();
    this.#captureClock.noteFrame(frame);
    this.#events.emit({ type: 'frame', frame });
    if (frame.version > 0) {
      this.#repair(frame);
      return;
    }
    this.#transcripts.noteFrame(frame);
    if (this.#link?.state === 'gone') {
      this.#counters.unrecognizedMs += (frame.durationTicks * 1000) / TICKS_PER_SECOND;
      return;
    }
    const endTicks = frame.mediaTicks + frame.durationTicks;
    const capturedUs = this.#captureClock.captureTimeUs(endTicks);
    for (const dropped of this.#chunker.add({ frame, decodedUs, capturedUs })) {
      this.#transcripts.noteUnheard(dropped.startMs, dropped.durationMs);
      this.#announce(this.#drops.note(dropped));
    }
  }

  /** What still waits is replaced where it waits; what was written, the recognizer may take again. */
  #repair(frame: AudioFrame): void {
    const written = this.#chunker.amend(frame);
    if (written !== undefined && this.#link?.repair(written) !== true) return;
    this.#counters.repairedMs += (frame.durationTicks * 1000) / TICKS_PER_SECOND;
    this.#transcripts.noteFrame(frame);
  }

  #onWritten({ completed }: ReadyChunk, writtenUs: number): void {
    for (const stamps of completed) {
      const latency = this.#ledger.record(stamps, writtenUs);
      if (latency !== undefined) this.#events.emit({ type: 'delivered', latency });
    }
  }

  #onHypothesis(hypothesis: Hypothesis): void {
    if (hypothesis.kind === 'speech-start' || hypothesis.kind === 'speech-end') {
      const state = hypothesis.kind === 'speech-start' ? 'start' : 'end';
      const levelDb = hypothesis.kind === 'speech-end' ? hypothesis.levelDb : undefined;
      this.#events.emit({ type: 'speech', state, atMs: hypothesis.atMs, levelDb });
      return;
    }
    const transcript = this.#transcripts.build(hypothesis, this.#link?.loadRatio ?? 0);
    if (transcript.final) this.#counters.utterances++;
    this.#events.emit({ type: 'transcript', transcript });
  }

  #onFailed(error: EarshotError, retriesLeft: number): void {
    this.#counters.failures++;
    if (retriesLeft === 0) this.#counters.unrecognizedMs += this.#chunker.clear();
    this.#events.emit({ type: 'recognizer-failed', error, retriesLeft });
  }

  #announce(dropped: DroppedAudio | undefined): void {
    if (dropped !== undefined) this.#events.emit({ type: 'audio-dropped', ...dropped });
  }

  /** Every event from now on; a reader that falls 1024 behind loses the oldest and is told how many. */
  get events(): AsyncIterable<PipelineReading> {
    return this.#events;
  }

  /** Calls `listener` at once for every event of a type; the returned function stops that. */
  on<T extends PipelineEvent['type']>(
    type: T,
    listener: (event: Extract<PipelineEvent, { readonly type: T }>) => void,
  ): () => void {
    return this.#events.on(type, listener);
  }

  /** Counters since the start; after `close` those of the end. */
  stats(): PipelineStats {
    return this.#finalStats ?? this.#readStats();
  }

  #readStats(): PipelineStats {
    return {
      receiver: this.#receiver.stats(),
      ledger: this.#ledger.summary(),
      deadlineMs: this.#receiver.config.deadlineMs,
      recognizer: {
        name: this.#recognizerName,
        state: this.#link?.state ?? 'closed',
        decodeBufferMs: this.#chunker.waitingMs,
        backlogMs: this.#link?.backlogMs ?? 0,
        droppedMs: this.#drops.totalMs,
        ...this.#counters,
      },
    };
  }

  /** Hands out what waits at a hole, ends the utterance, gives its final transcript and frees everything. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelWakeup?.();
    this.#receiver.end();
    this.#drain();
    this.#cancelIdle?.();
    await this.#link?.flush();
    await this.#link?.close();
    this.#announce(this.#drops.take());
    this.#finalStats = this.#readStats();
    this.#receiver.close();
    this.#events.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
