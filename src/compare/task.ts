import type { ArrivalTrace } from '../analysis/arrival-trace.js';
import { cheapest, costMs } from '../analysis/cost.js';
import { FrameAvailability } from '../analysis/frame-availability.js';
import { inOrderDelivery } from '../analysis/in-order-delivery.js';
import { minimumDelayLine } from '../analysis/minimum-delay-line.js';
import { netEqReference } from '../analysis/neteq-reference.js';
import { fixedDelays, lowerBound, type ParetoPoint } from '../analysis/oracle.js';
import { Receiver } from '../receiver/receiver.js';
import type { TimedPacket } from '../simulate/delivery.js';
import { type Call, type CaptureReading, openCall, traceOf } from './call.js';
import { type PathChoice, type ReceiverChoice, receiverOptions } from './configuration.js';
import { driveCall } from './drive-call.js';
import { HeardAudio } from './heard-audio.js';
import { Retransmission } from './retransmission.js';
import type { CompareLatency, CompareRow, Contender } from './row.js';

/** What a worker is given: a receiver on a call, or the call's references. */
export interface CompareTask {
  readonly capture: string;
  readonly path: PathChoice;
  /** Undefined for the references. */
  readonly receiver: ReceiverChoice | undefined;
}

/** @throws whatever opening and playing the call throws, and whatever `signal` was aborted with */
export async function runTask(
  task: CompareTask,
  reading: CaptureReading,
  signal?: AbortSignal,
): Promise<CompareRow[]> {
  const call = openCall(task.capture, task.path, reading);
  return task.receiver === undefined
    ? references(task, call)
    : [await earshot(task, task.receiver, call, signal)];
}

async function earshot(
  task: CompareTask,
  choice: ReceiverChoice,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<CompareRow> {
  let trace = traceOf(call);
  const line = minimumDelayLine(trace);
  const frameTicks = commonDurationTicks(trace);
  // After a restart the engine's positions and the trace's need not be the same: then its own line counts.
  const isOneStream = trace.restarts === 0;
  const heard = new HeardAudio();
  const sender = senderOf(call, choice.nackRttMs);
  const arrived: TimedPacket[] = [];

  const receiver = new Receiver({ ...receiverOptions(choice), codecs: call.codecs });
  try {
    if (sender !== undefined) receiver.setRoundTrip(choice.nackRttMs);
    const listener = {
      onArrival: (packet: TimedPacket) => {
        if (sender !== undefined) arrived.push(packet);
      },
      onFrame: (frame: Parameters<HeardAudio['addFrame']>[0]) => {
        const lineUs = line.atUs(frame.mediaTicks + frame.durationTicks);
        const latencyUs = isOneStream ? frame.finalisedUs - lineUs : frame.latencyUs;
        heard.addFrame(frame, Math.max(0, latencyUs) / 1000);
      },
      onPlayed: (frame: Parameters<HeardAudio['addPlayed']>[0], atUs: number) => {
        const latencyMs = isOneStream
          ? (atUs - line.atUs(frame.mediaTicks + frameTicks)) / 1000
          : frame.delayMs;
        heard.addPlayed(frame, Math.max(0, latencyMs));
      },
    };
    await driveCall(receiver, call.arrivals, sender, listener, signal);
    const stats = receiver.stats();
    // What came because the receiver asked for it is the oracle's too.
    if (sender !== undefined) trace = traceOf({ codecs: call.codecs, arrivals: arrived });
    const frames = new FrameAvailability(trace);
    const isPlayout = choice.mode === 'playout';
    const curve = isPlayout ? lowerBound(frames) : inOrderDelivery(frames);
    const playout = isPlayout ? stats.playout : undefined;
    return row(task, 'earshot', curve, {
      latencyMs: heard.latencyMs,
      concealedRatio: heard.concealedRatio,
      receiver: choice,
      repairedConcealedRatio: isPlayout ? null : heard.repairedConcealedRatio,
      concealmentEvents: playout?.concealmentEvents ?? stats.concealmentEvents,
      interruptions: heard.interruptions,
      deadlineMisses: isPlayout ? null : stats.deadlineMisses,
      packets: {
        received: stats.packetsReceived,
        lost: stats.packetsLost,
        late: stats.packetsLate,
        requested: sender?.requested ?? 0,
        resent: sender?.resent ?? 0,
      },
    });
  } finally {
    receiver.close();
  }
}

function references(task: CompareTask, call: Call): CompareRow[] {
  const trace = traceOf(call);
  const frames = new FrameAvailability(trace);
  const bound = lowerBound(frames);
  const inOrder = inOrderDelivery(frames);
  const netEq = netEqReference(trace);
  const { mean, p50, p95, p99 } = netEq.delayMs;
  const fixed = cheapest(fixedDelays(frames, 'with-copies')) ?? NOTHING;
  return [
    row(task, 'neteq-like', bound, {
      latencyMs: { mean, p50, p95, p99 },
      concealedRatio: netEq.concealedRatio,
      concealmentEvents: Math.round(netEq.concealmentEvents),
    }),
    row(task, 'fixed-delay', bound, {
      latencyMs: {
        mean: fixed.delayMs,
        p50: fixed.delayMs,
        p95: fixed.delayMs,
        p99: fixed.delayMs,
      },
      concealedRatio: fixed.concealedRatio,
    }),
    boundRow(task, 'talkspurt-bound', bound),
    boundRow(task, 'in-order-bound', inOrder),
  ];
}

const NOTHING: ParetoPoint = { delayMs: 0, concealedRatio: 0 };

function boundRow(
  task: CompareTask,
  contender: Contender,
  curve: readonly ParetoPoint[],
): CompareRow {
  const { delayMs, concealedRatio } = cheapest(curve) ?? NOTHING;
  const latencyMs: CompareLatency = { mean: delayMs, p50: null, p95: null, p99: null };
  return row(task, contender, curve, { latencyMs, concealedRatio });
}

function row(
  { capture, path }: CompareTask,
  contender: Contender,
  oracle: readonly ParetoPoint[],
  found: Pick<CompareRow, 'latencyMs' | 'concealedRatio'> & Partial<CompareRow>,
): CompareRow {
  const own = costMs({ delayMs: found.latencyMs.mean, concealedRatio: found.concealedRatio });
  const least = costMs(cheapest(oracle) ?? NOTHING);
  return {
    capture,
    network: path.network ?? null,
    seed: path.network === undefined ? null : path.seed,
    redDistance: path.redDistance,
    contender,
    receiver: null,
    repairedConcealedRatio: null,
    concealmentEvents: null,
    interruptions: null,
    deadlineMisses: null,
    packets: null,
    ...found,
    latencyMs: {
      mean: toMicroseconds(found.latencyMs.mean),
      p50: toMicroseconds(found.latencyMs.p50),
      p95: toMicroseconds(found.latencyMs.p95),
      p99: toMicroseconds(found.latencyMs.p99),
    },
    costMs: toMicroseconds(own),
    overOracleMs: toMicroseconds(own - least),
  };
}

/** What floating point adds behind the µs of the engine is no measurement. */
function toMicroseconds<T extends number | null>(ms: T): T {
  return (ms === null ? null : Math.round(ms * 1000) / 1000) as T;
}

function senderOf({ simulated }: Call, nackRttMs: number): Retransmission | undefined {
  if (simulated === undefined || nackRttMs === 0) return undefined;
  return new Retransmission(simulated.sent, simulated.network, nackRttMs);
}

/** Of most packets with audio. */
function commonDurationTicks(trace: ArrivalTrace): number {
  const counts = new Map<number, number>();
  for (const packet = trace.cursor(); packet.next(); ) {
    const { durationTicks, content } = packet;
    if (content === 'audio') counts.set(durationTicks, (counts.get(durationTicks) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}
