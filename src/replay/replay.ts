import { setImmediate } from 'node:timers/promises';
import { ArrivalTrace } from '../analysis/arrival-trace.js';
import { analyzeNetwork } from '../analysis/network-analysis.js';
import { packetReader } from '../analysis/packet-reading.js';
import type { Capture } from '../capture/capture.js';
import { STATIC_CODECS } from '../capture/payload-types.js';
import { checkNames, checkOneOf } from '../errors.js';
import type { AudioFrame } from '../receiver/audio-frame.js';
import { type ReceiverOptions, resolveReceiverOptions } from '../receiver/options.js';
import { Receiver } from '../receiver/receiver.js';
import type { RtpHeader } from '../receiver/rtp-packet.js';
import { CallRecording } from '../report/call-recording.js';
import { htmlReport } from '../report/html-report.js';
import { tradeOffsOf } from '../report/trade-offs.js';
import { FrameTally } from './frame-tally.js';
import { type OutputPaths, Outputs } from './outputs.js';
import { PlayoutDrive } from './playout-drive.js';
import { type Drive, ReceiverDrive, type Stopwatch } from './receiver-drive.js';
import { buildReport, type ReplayReport } from './report.js';
import { playable, type TraceSpeech } from './spoken-trace.js';
import { type ChosenStream, headerInStream, type StreamChoice } from './streams.js';
import { versionsOf } from './versions.js';

/** Options of the receiver, the choice of the stream, and what to do with the audio. */
export interface ReplayOptions
  extends Omit<ReceiverOptions, 'mode' | 'channels' | 'captureTimeExtension'>,
    StreamChoice,
    OutputPaths {
  /**
   * `recognizer` hands frames out as early as it can, `playout` plays what a listener would hear.
   *
   * @defaultValue 'recognizer'
   */
  readonly mode?: 'recognizer' | 'playout';
  /**
   * Speech for a capture that holds headers alone, as timing traces do.
   *
   * @defaultValue a synthetic voice
   */
  readonly speech?: TraceSpeech | undefined;
  /** Gets every frame of mode `recognizer`; its PCM is valid only during the call. */
  readonly onFrame?: (frame: AudioFrame) => void;
  /** Measures `cost`: a running time in ns. Replay itself reads no clock. @defaultValue no cost in the report */
  readonly stopwatch?: Stopwatch;
  /** Ends the replay early with the signal's reason. */
  readonly signal?: AbortSignal;
}

const NAMES = [
  'mode',
  'sampleRateHz',
  'deadlineMs',
  'payloadType',
  'codecs',
  'maxFillMs',
  'minDelayMs',
  'maxDelayMs',
  'libopus',
  'concealment',
  'ssrc',
  'speech',
  'wavPath',
  'framesPath',
  'htmlPath',
  'onFrame',
  'stopwatch',
  'signal',
];
/** Packets between two turns of the event loop. */
const PACKETS_A_TURN = 1000;

/**
 * Runs the receiver over a captured call, as fast as the machine can, in the call's own time.
 *
 * Holds a bounded part of capture and audio, whatever their length.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, `EARSHOT_NO_STREAM`, `EARSHOT_BAD_OPTION`;
 *   all but failing outputs before anything is written
 */
export async function replay(capture: Capture, options: ReplayOptions = {}): Promise<ReplayReport> {
  checkNames('replay', options, NAMES);
  const {
    ssrc,
    speech,
    wavPath,
    framesPath,
    htmlPath,
    onFrame,
    stopwatch,
    signal,
    ...receiverOptions
  } = options;
  const { mode = 'recognizer' } = options;
  checkOneOf('mode', mode, ['recognizer', 'playout'] as const);
  resolveReceiverOptions(receiverOptions);
  const { capture: played, stream, report: spoken } = playable(capture, options, speech);
  const playedOptions = {
    ...receiverOptions,
    payloadType: undefined,
    codecs: { ...STATIC_CODECS, ...stream.codecs, ...(spoken === undefined && options.codecs) },
  };
  const config = resolveReceiverOptions(playedOptions);

  using outputs = new Outputs(capture.name, options, config.sampleRateHz);
  const recording =
    htmlPath === undefined
      ? undefined
      : new CallRecording(config.sampleRateHz, durationOf(capture, stream));
  const tally = new FrameTally();
  const trace = new ArrivalTrace();
  const receiver = new Receiver(playedOptions);
  try {
    const drive =
      mode === 'playout'
        ? new PlayoutDrive(
            receiver,
            (frame, atUs) => {
              tally.addPlayed(frame, atUs);
              recording?.addPlayed(frame);
              outputs.addPlayed(frame, atUs);
            },
            stopwatch,
          )
        : new ReceiverDrive(
            receiver,
            (frame) => {
              tally.add(frame);
              recording?.add(frame);
              outputs.add(frame);
              onFrame?.(frame);
            },
            stopwatch,
          );
    const reader = packetReader(playedOptions.codecs);
    const lastPacketUs = await pushAll(played, stream, drive, signal, (header, data, atUs) =>
      trace.add(header, reader(header, data, atUs)),
    );
    const analysis = analyzeNetwork(trace, tally.handedOut);
    const report = buildReport({
      capture,
      stream,
      config,
      stats: receiver.stats(),
      tally,
      network: analysis.report,
      versions: versionsOf(capture, config.libopus),
      lastPacketUs,
      speech: spoken,
      engineNs: stopwatch === undefined ? undefined : drive.engineNs,
    });
    if (recording !== undefined) {
      const recorded = recording.finish(trace, analysis, tally);
      const tradeOffs = tradeOffsOf(trace, tally, report);
      outputs.writePage(htmlReport({ report, analysis, tally, recorded, tradeOffs }));
    }
    return report;
  } finally {
    receiver.close();
  }
}

/** From the first packet of a stream to its last, ms. */
function durationOf(capture: Capture, stream: ChosenStream): number {
  let firstUs: number | undefined;
  let lastUs = 0;
  for (const datagram of capture) {
    if (headerInStream(datagram, stream) === undefined) continue;
    firstUs ??= datagram.atUs;
    lastUs = datagram.atUs;
  }
  return (lastUs - (firstUs ?? 0)) / 1000;
}

/** @returns the arrival of the last packet, µs */
async function pushAll(
  capture: Capture,
  stream: ChosenStream,
  drive: Drive,
  signal: AbortSignal | undefined,
  visit: (header: RtpHeader, data: Uint8Array, atUs: number) => void,
): Promise<number> {
  signal?.throwIfAborted();
  let lastPacketUs = 0;
  let packets = 0;
  for (const datagram of capture) {
    // Of a packet among others that was clipped to its header, nothing can be decoded; the capture's counts tell.
    if (datagram.payloadBytes !== undefined) continue;
    const header = headerInStream(datagram, stream);
    if (header === undefined) continue;
    drive.push({ data: datagram.data, arrivalUs: datagram.atUs });
    visit(header, datagram.data, datagram.atUs);
    lastPacketUs = datagram.atUs;
    if (++packets % PACKETS_A_TURN !== 0) continue;
    await setImmediate();
    signal?.throwIfAborted();
  }
  drive.finish();
  return lastPacketUs;
}
