/** Offline replay of captured calls: `import { openCapture, replay } from 'earshot/replay'`. */
export type { LatencyPercentiles } from '../latency-histogram.js';
export type { Capture, CaptureCounts, CapturedDatagram, CaptureFormat } from './capture.js';
export { openCapture, readCapture } from './capture.js';
export type { SkipReason } from './datagram.js';
export type { FrameLine } from './frames-log.js';
export type { Codecs } from './payload-types.js';
export type { PcapEndpoints } from './pcap-writer.js';
export { writePcap } from './pcap-writer.js';
export type { Stopwatch } from './receiver-drive.js';
export type { ReplayOptions } from './replay.js';
export { replay } from './replay.js';
export type { ReplayReport } from './report.js';
export type { ChosenStream, StreamChoice } from './streams.js';
export { chooseStream } from './streams.js';
export type { Wav } from './wav.js';
export { readWav } from './wav.js';
