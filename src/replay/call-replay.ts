import { ArrivalTrace } from '../analysis/arrival-trace.js';
import { analyzeNetwork } from '../analysis/network-analysis.js';
import { packetReader } from '../analysis/packet-reading.js';
import type { Capture } from '../capture/capture.js';
import { STATIC_CODECS } from '../capture/payload-types.js';
import type { AudioFrame } from '../receiver/audio-frame.js';
import type { ReceiverConfig } from '../receiver/options.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import { Receiver } from '../receiver/receiver.js';
import { CallRecording } from '../report/call-recording.js';
import { htmlReport } from '../report/html-report.js';
import { tradeOffsOf } from '../report/trade-offs.js';
import { FrameTally } from './frame-tally.js';
import { Outputs } from './outputs.js';
import { PlayoutDrive } from './playout-drive.js';
import { type Drive, ReceiverDrive } from './receiver-drive.js';
import { type ReplayOptions, receiverOptionsOf } from './replay-options.js';
import { buildReport, type ReplayReport } from './report.js';
import { playable, type SpokenTraceReport } from './spoken-trace.js';
import type { ChosenStream } from './streams.js';
import { versionsOf } from './versions.js';

/** Packets between two turns of the event loop: tens of ms. */
const PACKETS_A_TURN = 1000;

/** Who hears what a replay gives, as it gives it; PCM is valid only during the call. */
export interface ReplayListener {
  onFrame(frame: AudioFrame): void;
  onPlayed(frame: PlayoutFrame, atUs: number): void;
}

/** One captured call on its way through a receiver: packet by packet, then the report. */
export class CallReplay implements Disposable {
  readonly #capture: Capture;
  /** The capture, or what speaks in its place where it holds headers alone. */
  readonly #played: Capture;
  readonly #stream: ChosenStream;
  readonly #speech: SpokenTraceReport | undefined;
  readonly #config: ReceiverConfig;
  readonly #hasStopwatch: boolean;
  readonly #outputs: Outputs;
  readonly #recording: CallRecording | undefined;
  readonly #tally = new FrameTally();
  readonly #trace = new ArrivalTrace();
  readonly #receiver: Receiver;
  readonly #drive: Drive;
  #lastPacketUs = 0;

  /**
   * Finds the stream and opens the outputs; nothing is decoded yet.
   *
   * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, `EARSHOT_NO_STREAM`, `EARSHOT_BAD_OPTION`, `EARSHOT_LIBOPUS_UNUSABLE`
   */
  constructor(capture: Capture, options: ReplayOptions, listener: ReplayListener) {
    const receiverOptions = receiverOptionsOf(options);
    this.#capture = capture;
    const { capture: played, stream, report: speech } = playable(capture, options, options.speech);
    this.#played = played;
    this.#stream = stream;
    this.#speech = speech;
    const codecs = {
      ...STATIC_CODECS,
      ...stream.codecs,
      ...(speech === undefined && options.codecs),
    };
    this.#receiver = new Receiver({ ...receiverOptions, payloadType: undefined, codecs });
    this.#config = this.#receiver.config;
    this.#hasStopwatch = options.stopwatch !== undefined;
    const { sampleRateHz } = this.#config;
    this.#outputs = new Outputs(capture.name, options, sampleRateHz);
    this.#recording =
      options.htmlPath === undefined
        ? undefined
        : new CallRecording(sampleRateHz, durationOf(capture, stream));
    this.#drive = this.#driveFor(options, listener);
  }

  /** Runs the call; each step is `PACKETS_A_TURN` packets, or what is left of them. */
  *turns(): Generator<void> {
    const read = packetReader(this.#config.codecs ?? {});
    let count = 0;
    using packets = this.#played.cursor(this.#stream);
    while (packets.next()) {
      // Of a packet among others that was clipped to its header, nothing can be decoded; the capture's counts tell.
      if (packets.payloadBytes !== undefined) continue;
      this.#drive.push(packets);
      this.#trace.add(packets, read(packets));
      this.#lastPacketUs = packets.atUs;
      if (++count % PACKETS_A_TURN === 0) yield;
    }
    this.#drive.finish();
    yield;
  }

  /** What the replay found, once its packets have run; completes the outputs. */
  report(): ReplayReport {
    const analysis = analyzeNetwork(this.#trace, this.#tally.handedOut);
    const report = buildReport({
      capture: this.#capture,
      stream: this.#stream,
      config: this.#config,
      stats: this.#receiver.stats(),
      tally: this.#tally,
      network: analysis.report,
      versions: versionsOf(this.#capture, this.#config.libopus),
      lastPacketUs: this.#lastPacketUs,
      speech: this.#speech,
      engineNs: this.#hasStopwatch ? this.#drive.engineNs : undefined,
    });
    if (this.#recording !== undefined) {
      const recorded = this.#recording.finish(this.#trace, analysis, this.#tally);
      const tradeOffs = tradeOffsOf(this.#trace, this.#tally, report);
      const tally = this.#tally;
      this.#outputs.writePage(htmlReport({ report, analysis, tally, recorded, tradeOffs }));
    }
    this.#outputs.complete();
    return report;
  }

  [Symbol.dispose](): void {
    this.#receiver.close();
    this.#outputs[Symbol.dispose]();
  }

  #driveFor({ mode, stopwatch }: ReplayOptions, listener: ReplayListener): Drive {
    if (mode === 'playout') {
      const visit = (frame: PlayoutFrame, atUs: number): void => {
        this.#tally.addPlayed(frame, atUs);
        this.#recording?.addPlayed(frame);
        this.#outputs.addPlayed(frame, atUs);
        listener.onPlayed(frame, atUs);
      };
      return new PlayoutDrive(this.#receiver, visit, stopwatch);
    }
    const visit = (frame: AudioFrame): void => {
      this.#tally.add(frame);
      this.#recording?.add(frame);
      this.#outputs.add(frame);
      listener.onFrame(frame);
    };
    return new ReceiverDrive(this.#receiver, visit, stopwatch);
  }
}

/** From the first packet of a stream to its last, ms. */
function durationOf(capture: Capture, stream: ChosenStream): number {
  let firstUs: number | undefined;
  let lastUs = 0;
  using packets = capture.cursor(stream);
  while (packets.next()) {
    lastUs = packets.atUs;
    firstUs ??= lastUs;
  }
  return (lastUs - (firstUs ?? 0)) / 1000;
}
