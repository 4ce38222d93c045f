// The public surface of Earshot, in the order of the data path.

// Time and errors:

export type { Clock } from './clock.js';
export { ManualClock, systemClock } from './clock.js';
export type { EarshotErrorCode } from './errors.js';
export { EarshotError } from './errors.js';

// RTP in, frames of PCM out:

export type { AudioFrame, Provenance } from './receiver/audio-frame.js';
export { PROVENANCES, TICKS_PER_SECOND } from './receiver/audio-frame.js';
export type {
  ConcealmentChoice,
  ReceiverConfig,
  ReceiverMode,
  ReceiverOptions,
} from './receiver/options.js';
export type { OpusDecoderOptions } from './receiver/opus-decoder.js';
export { OpusDecoder } from './receiver/opus-decoder.js';
export type { OpusEncoderOptions } from './receiver/opus-encoder.js';
export { OpusEncoder } from './receiver/opus-encoder.js';
export type { OpusFeatures } from './receiver/opus-features.js';
export { opusFeatures } from './receiver/opus-features.js';
export type { PlayoutFrame } from './receiver/playout-frame.js';
export type { NackRequest } from './receiver/receiver.js';
export { Receiver } from './receiver/receiver.js';
export type { ReceiverPoolOptions, StreamArrival, StreamId } from './receiver/receiver-pool.js';
export { ReceiverPool } from './receiver/receiver-pool.js';
export type { RtpArrival } from './receiver/rtp-arrival.js';
export { RtpBatch } from './receiver/rtp-batch.js';
export type { OpusPacketInfo, RtpFields, RtpHeader } from './receiver/rtp-packet.js';
export { buildRtp, findRtpExtension, parseOpus, parseRtp } from './receiver/rtp-packet.js';
export type { SenderReportTimes } from './receiver/sender-report.js';
export type { PlayoutStats, ReceiverStats, WebrtcInboundStats } from './receiver/stats.js';
export type { TelephoneEvent } from './receiver/telephone-event.js';

// Packets in, transcripts out:

export type { SenderReport } from './capture-clock.js';
export type { EventsDropped } from './event-stream.js';
export type { LatencyPercentiles } from './latency-histogram.js';
export { LatencyHistogram } from './latency-histogram.js';
export { SpeechPipeline } from './pipeline.js';
export type { PipelineEvent, PipelineReading, PipelineStats } from './pipeline-events.js';
export type { SpeechPipelineOptions } from './pipeline-options.js';
export { engineDeadlineMs } from './pipeline-options.js';
export type { LedgerEntry, LedgerStage, LedgerSummary } from './speech/latency-ledger.js';
export { LEDGER_STAGES, OPUS_LOOKAHEAD_MS } from './speech/latency-ledger.js';
export type { Transcript, TranscriptWord } from './speech/transcript.js';
export type { VoiceActivityOptions, VoiceTransition } from './speech/voice-activity.js';
export { VoiceActivityDetector } from './speech/voice-activity.js';

// Recognizers:

export type { ActivityOptions } from './recognizers/activity.js';
export { createActivityRecognizer } from './recognizers/activity.js';
export type {
  ChosenRecognizer,
  RecognizerChoice,
  RecognizerName,
  RecognizerProbe,
} from './recognizers/choose-recognizer.js';
export { chooseRecognizer, probeRecognizers } from './recognizers/choose-recognizer.js';
export type { PocketSphinxOptions } from './recognizers/pocketsphinx.js';
export { createPocketSphinxRecognizer } from './recognizers/pocketsphinx.js';
export type {
  AudioChunk,
  Hypothesis,
  HypothesisAlternative,
  ProvenanceSpan,
  RecognizedWord,
  Recognizer,
  RecognizerCapabilities,
  RecognizerContext,
  RecognizerSession,
} from './recognizers/recognizer.js';
export type { SherpaOnnxOptions } from './recognizers/sherpa-onnx.js';
export { createSherpaOnnxRecognizer } from './recognizers/sherpa-onnx.js';
export { withStandbySession } from './recognizers/standby.js';

// Bad networks, seeded:

export type { NetworkSettings } from './simulate/index.js';
export { Network } from './simulate/index.js';
