import type { Provenance } from './audio-frame.js';
import { PROVENANCES, TICKS_PER_MS } from './audio-frame.js';
import type { ReceiverConfig } from './options.js';

/** Counters of a receiver since its start; none is ever reset. */
export interface ReceiverStats {
  /** Packets of the stream, each once, late ones too. */
  readonly packetsReceived: number;
  /** Sequence numbers passed over and not seen so far. */
  readonly packetsLost: number;
  readonly packetsDuplicate: number;
  /** Of the duplicates, those with another payload than the one before; the first one counts. */
  readonly packetsConflicting: number;
  /** Came after a packet with a higher sequence number. */
  readonly packetsReordered: number;
  /** Came when their audio had already been handed out. */
  readonly packetsLate: number;
  /** Of the late ones, those that were too late to repair the audio made up for them. */
  readonly packetsUnrepairable: number;
  /** Refused: malformed, of another payload type, from nowhere, or without room in the buffer. */
  readonly packetsDiscarded: number;
  readonly packetsMalformed: number;
  readonly packetsOtherPayload: number;
  /**
   * Did not fit the stream's SSRC or sequence, and the next one did not bear them out (RFC 3550 A.1), or were padding before
   * the first audio.
   */
  readonly packetsOnProbation: number;
  readonly packetsOverflow: number;
  /** Blocks of RED packets that were unsound (RFC 2198). */
  readonly redBlocksRefused: number;
  /** New SSRC or new sequence on the same stream. */
  readonly restarts: number;
  /** Timestamps that could not be true and were replaced. */
  readonly timestampJumps: number;
  /** Gaps too long to fill: the media position jumped. */
  readonly discontinuities: number;
  /** Times the path was found to have become longer. */
  readonly pathShifts: number;
  /** Runs of concealed audio. */
  readonly concealmentEvents: number;
  /** Frames handed out after their deadline because the host polled late. */
  readonly deadlineMisses: number;
  /**
   * Times the host stood still: it was to poll or pull, and nothing was heard of it for 50 ms and more. What had waited for
   * it in its sockets teaches nothing of the path.
   */
  readonly hostStalls: number;
  /** Interarrival jitter (RFC 3550 6.4.1), ms. */
  readonly jitterMs: number;
  /** The minimum-delay line: arrival of a packet at its best minus its media position, µs. */
  readonly minimumDelayUs: number;
  /** By how much the receiver's clock is faster than the sender's, parts per million; 0 until it can be told. */
  readonly driftPpm: number;
  /** Seconds in which the sender's clock was found to be off by more than 1050 ppm, which is not followed. */
  readonly driftAlarms: number;
  /** Times audio that had been handed out was handed out again with a higher version. */
  readonly repairs: number;
  /** Real audio handed out again, ms. */
  readonly repairedMs: number;
  /** Audio handed out, repairs left out, ms. */
  readonly emittedMs: number;
  /** Of what was handed out first, before any repair. */
  readonly provenanceMs: Readonly<Record<Provenance, number>>;
  /** Share of the audio handed out that concealment made up, 0..1. */
  readonly concealedRatio: number;
  /** Frames of mode `both` that were not polled before their place was needed. */
  readonly framesDropped: number;
  /** What was played; zeros in mode `recognizer`. */
  readonly playout: PlayoutStats;
  /** The same by the names and units of W3C webrtc-stats `inbound-rtp`, as far as they exist there. */
  readonly webrtcStats: WebrtcInboundStats;
}

/** What a listener was given, ms; nothing counts before the first audio is played. */
export interface PlayoutStats {
  readonly playedMs: number;
  readonly concealedMs: number;
  /** Share of what was played that concealment made up, 0..1. */
  readonly concealedRatio: number;
  readonly concealmentEvents: number;
  /** Noise of the sender's pauses. */
  readonly comfortMs: number;
  /** Taken out and put in by time-stretch. */
  readonly removedMs: number;
  readonly insertedMs: number;
  /** Passed over to keep `maxDelayMs`. */
  readonly droppedMs: number;
  /** Of real audio over the minimum-delay line, as it was and as it was aimed at. */
  readonly meanDelayMs: number;
  readonly meanTargetDelayMs: number;
}

/** Members of W3C webrtc-stats `RTCInboundRtpStreamStats` that a receiver has; times in seconds. */
export interface WebrtcInboundStats {
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsDiscarded: number;
  readonly fecPacketsReceived: number;
  readonly jitter: number;
  readonly jitterBufferDelay: number;
  readonly jitterBufferTargetDelay: number;
  readonly jitterBufferEmittedCount: number;
  readonly totalSamplesReceived: number;
  readonly totalSamplesDuration: number;
  readonly concealedSamples: number;
  readonly concealmentEvents: number;
  readonly insertedSamplesForDeceleration: number;
  readonly removedSamplesForAcceleration: number;
}

// What native/addon/receiver_fields.cc writes, in this order; the provenances follow.
const COUNTERS = [
  'packetsReceived',
  'packetsDuplicate',
  'packetsReordered',
  'packetsLate',
  'packetsLost',
  'packetsMalformed',
  'packetsOtherPayload',
  'packetsOnProbation',
  'packetsOverflow',
  'restarts',
  'timestampJumps',
  'discontinuities',
  'pathShifts',
  'concealmentEvents',
  'deadlineMisses',
  'fecPacketsReceived',
  'jitterTicksQ4',
  'bufferDelayUsSamples',
  'bufferEmittedSamples',
  'minimumDelayUs',
  'packetsUnrepairable',
  'repairs',
  'repairedTicks',
  'driftPpm',
  'framesDropped',
  'redBlocksRefused',
  'packetsConflicting',
  'driftAlarms',
  'hostStalls',
  'playedSamples',
  'playoutConcealedSamples',
  'playoutConcealmentEvents',
  'comfortSamples',
  'removedSamples',
  'insertedSamples',
  'droppedSamples',
  'delayUsSamples',
  'targetUsSamples',
  'realSamples',
] as const;
type Counter = (typeof COUNTERS)[number];

/** Numbers the addon writes into the counters' memory. */
export const COUNTER_COUNT: number = COUNTERS.length + PROVENANCES.length;

/** Makes the public counters of what the addon wrote. */
export function readStats(
  memory: Float64Array,
  { mode, sampleRateHz }: ReceiverConfig,
): ReceiverStats {
  const raw = Object.fromEntries(COUNTERS.map((name, i) => [name, memory[i] ?? 0])) as Record<
    Counter,
    number
  >;
  const ticks = PROVENANCES.map((_, i) => memory[COUNTERS.length + i] ?? 0);
  const provenanceMs = Object.fromEntries(
    PROVENANCES.map((name, i) => [name, (ticks[i] ?? 0) / TICKS_PER_MS]),
  ) as Record<Provenance, number>;
  const emittedMs = ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_MS;
  const samplesOf = (ms: number): number => Math.round((ms * sampleRateHz) / 1000);
  const packetsDiscarded =
    raw.packetsMalformed + raw.packetsOtherPayload + raw.packetsOnProbation + raw.packetsOverflow;
  const playout = readPlayout(raw, sampleRateHz);
  // W3C counts what the listener gets; where only a recognizer listens, that is what it was handed.
  const heard =
    mode === 'recognizer'
      ? {
          samples: samplesOf(emittedMs),
          concealedSamples: samplesOf(provenanceMs.plc),
          concealmentEvents: raw.concealmentEvents,
          delayUsSamples: raw.bufferDelayUsSamples,
          targetUsSamples: 0,
          emittedSamples: raw.bufferEmittedSamples,
        }
      : {
          samples: raw.playedSamples,
          concealedSamples: raw.playoutConcealedSamples,
          concealmentEvents: raw.playoutConcealmentEvents,
          delayUsSamples: raw.delayUsSamples,
          targetUsSamples: raw.targetUsSamples,
          emittedSamples: raw.realSamples,
        };
  const jitterMs = raw.jitterTicksQ4 / 16 / TICKS_PER_MS;
  return {
    packetsReceived: raw.packetsReceived,
    packetsLost: raw.packetsLost,
    packetsDuplicate: raw.packetsDuplicate,
    packetsConflicting: raw.packetsConflicting,
    packetsReordered: raw.packetsReordered,
    packetsLate: raw.packetsLate,
    packetsUnrepairable: raw.packetsUnrepairable,
    packetsDiscarded,
    packetsMalformed: raw.packetsMalformed,
    packetsOtherPayload: raw.packetsOtherPayload,
    packetsOnProbation: raw.packetsOnProbation,
    packetsOverflow: raw.packetsOverflow,
    redBlocksRefused: raw.redBlocksRefused,
    restarts: raw.restarts,
    timestampJumps: raw.timestampJumps,
    discontinuities: raw.discontinuities,
    pathShifts: raw.pathShifts,
    concealmentEvents: raw.concealmentEvents,
    deadlineMisses: raw.deadlineMisses,
    jitterMs,
    minimumDelayUs: raw.minimumDelayUs,
    driftPpm: raw.driftPpm,
    driftAlarms: raw.driftAlarms,
    hostStalls: raw.hostStalls,
    repairs: raw.repairs,
    repairedMs: raw.repairedTicks / TICKS_PER_MS,
    emittedMs,
    provenanceMs,
    concealedRatio: emittedMs === 0 ? 0 : provenanceMs.plc / emittedMs,
    framesDropped: raw.framesDropped,
    playout,
    webrtcStats: {
      packetsReceived: raw.packetsReceived + raw.packetsDuplicate,
      packetsLost: raw.packetsLost,
      // Arrived, but too late or without room to be played.
      packetsDiscarded: raw.packetsLate + raw.packetsOverflow,
      fecPacketsReceived: raw.fecPacketsReceived,
      jitter: jitterMs / 1000,
      jitterBufferDelay: heard.delayUsSamples / 1e6,
      jitterBufferTargetDelay: heard.targetUsSamples / 1e6,
      jitterBufferEmittedCount: heard.emittedSamples,
      totalSamplesReceived: heard.samples,
      totalSamplesDuration: heard.samples / sampleRateHz,
      concealedSamples: heard.concealedSamples,
      concealmentEvents: heard.concealmentEvents,
      insertedSamplesForDeceleration: raw.insertedSamples,
      removedSamplesForAcceleration: raw.removedSamples,
    },
  };
}

function readPlayout(raw: Record<Counter, number>, sampleRateHz: number): PlayoutStats {
  const msOf = (samples: number): number => (samples * 1000) / sampleRateHz;
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  return {
    playedMs: msOf(raw.playedSamples),
    concealedMs: msOf(raw.playoutConcealedSamples),
    concealedRatio: ratio(raw.playoutConcealedSamples, raw.playedSamples),
    concealmentEvents: raw.playoutConcealmentEvents,
    comfortMs: msOf(raw.comfortSamples),
    removedMs: msOf(raw.removedSamples),
    insertedMs: msOf(raw.insertedSamples),
    droppedMs: msOf(raw.droppedSamples),
    meanDelayMs: ratio(raw.delayUsSamples, raw.realSamples) / 1000,
    meanTargetDelayMs: ratio(raw.targetUsSamples, raw.realSamples) / 1000,
  };
}
