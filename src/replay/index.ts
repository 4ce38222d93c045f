/** Offline replay of captured calls: `import { openCapture, replay } from 'earshot/replay'`. */

export type { ArrivalTrace } from '../analysis/arrival-trace.js';
export { inOrderCurve } from '../analysis/in-order-delivery.js';
export type { NetEqReference } from '../analysis/neteq/result.js';
export { netEqReference } from '../analysis/neteq-reference.js';
export type { NetworkReport } from '../analysis/network-analysis.js';
export type { CopiesChoice, ParetoPoint } from '../analysis/oracle.js';
export { fixedDelayCurve, lowerBoundCurve } from '../analysis/oracle.js';
export type { Interruptions, RecoveryShare } from '../analysis/recovery.js';
export type {
  Capture,
  CaptureCounts,
  CapturedDatagram,
  CaptureFormat,
  CaptureOptions,
} from '../capture/capture.js';
export { openCapture, readCapture } from '../capture/capture.js';
export type { CaptureFolder } from '../capture/capture-folder.js';
export { capturesIn } from '../capture/capture-folder.js';
export type { SkipReason } from '../capture/datagram.js';
export type { ListedPayloadType, ListedStream } from '../capture/listed-stream.js';
export type { Codecs } from '../capture/payload-types.js';
export type { PcapEndpoints } from '../capture/pcap-writer.js';
export { writePcap } from '../capture/pcap-writer.js';
export type { StreamListing } from '../capture/rtp-streams.js';
export { listStreams } from '../capture/rtp-streams.js';
export type { SrtpKeys } from '../capture/srtp-decryption.js';
export type { SrtpSuite } from '../capture/srtp-key.js';
export type { CompareOptions, Comparison } from '../compare/compare.js';
export { compare } from '../compare/compare.js';
export type { CompareMatrix, ReceiverChoice } from '../compare/configuration.js';
export type { CompareFailure, CompareLatency, CompareRow, Contender } from '../compare/row.js';
export type { LatencyPercentiles } from '../latency-histogram.js';
export type { LedgerRow } from './frame-tally.js';
export type { FrameLine } from './frames-log.js';
export type { QualityReport } from './quality.js';
export type { Stopwatch } from './receiver-drive.js';
export type { ReplayEvent } from './replay.js';
export { replay, replayEvents } from './replay.js';
export type { ReplayOptions } from './replay-options.js';
export type { ReplayReport } from './report.js';
export type { SpokenTrace, SpokenTraceReport, TraceSpeech } from './spoken-trace.js';
export { playable, withSpeech } from './spoken-trace.js';
export { traceOfStream } from './stream-trace.js';
export type { ChosenStream, StreamChoice } from './streams.js';
export { chooseStream } from './streams.js';
export type { Versions } from './versions.js';
export type { Wav } from './wav-reader.js';
export { readWav } from './wav-reader.js';
