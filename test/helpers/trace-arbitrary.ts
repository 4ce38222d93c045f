import fc from 'fast-check';
import { type FrameMs, type Trace, type TracePacket, traceTable } from './trace.js';

/** What may happen in the traces that are generated. */
export interface TraceLimits {
  readonly maxPackets?: number;
  readonly maxDelayMs?: number;
  readonly maxPauseMs?: number;
  readonly maxNudgeTicks?: number;
  readonly frameMs?: readonly FrameMs[];
  /** Whether a sender may change its frame size in the call. */
  readonly frameSizes?: 'one' | 'mixed';
  readonly fates?: readonly TracePacket['fate'][];
  readonly says?: readonly TracePacket['says'][];
  readonly fec?: readonly ('on' | 'off')[];
  readonly restarts?: 'some' | 'none';
}

/** Values at which a 16-bit or a 32-bit number, or a signed reading of it, turns over. */
export const SEQUENCE_STARTS = [
  0, 1, 127, 128, 255, 256, 32_767, 32_768, 65_408, 65_500, 65_534, 65_535,
] as const;
export const TIMESTAMP_STARTS = [
  0, 1, 32_767, 32_768, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_0000,
  0xffff_fc40, 0xffff_fffe, 0xffff_ffff,
] as const;

/** One event in a `rarity`, so that small traces have some and long ones are not all trouble. */
function rarely<T>(rarity: number, usual: T, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: rarity - 1, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: rare },
  );
}

/** Calls of every kind within the limits; they shrink to few packets and little trouble. */
export function traces(limits: TraceLimits = {}): fc.Arbitrary<Trace> {
  const {
    maxPackets = 60,
    maxDelayMs = 700,
    maxPauseMs = 3000,
    maxNudgeTicks = 20,
    frameMs = [20, 10, 40, 60],
    frameSizes = 'mixed',
    fates = ['arrives', 'is lost', 'arrives twice'],
    says = ['voice', 'silence'],
    fec = ['off', 'on'],
    restarts = 'some',
  } = limits;
  const packet: fc.Arbitrary<TracePacket> = fc.record({
    says: rarely(6, 'voice', fc.constantFrom(...says)),
    frameMs: fc.constantFrom(...frameMs),
    pauseMs: rarely(
      8,
      0,
      fc.nat(maxPauseMs / 10).map((tens) => tens * 10),
    ),
    nudgeTicks: rarely(4, 0, fc.integer({ min: -maxNudgeTicks, max: maxNudgeTicks })),
    fate: rarely(4, 'arrives', fc.constantFrom(...fates)),
    delayMs: rarely(3, 0, fc.oneof(fc.nat(Math.min(60, maxDelayMs)), fc.nat(maxDelayMs))),
    copyDelayMs: fc.nat(300),
    restarts: restarts === 'none' ? fc.constant(false) : rarely(30, false, fc.constant(true)),
  });
  // Most senders keep to one frame size; some change it.
  const packets = fc
    .tuple(
      fc.array(packet, { minLength: 1, maxLength: maxPackets, size: 'max' }),
      fc.constantFrom(...(frameSizes === 'one' ? frameMs : [undefined, ...frameMs])),
    )
    .map(([all, one]) => (one === undefined ? all : all.map((it) => ({ ...it, frameMs: one }))));
  return fc
    .record({
      startUs: fc.constantFrom(0, 5_000_000, 1_700_000_000_000_000),
      firstSequenceNumber: fc.oneof(fc.constantFrom(...SEQUENCE_STARTS), fc.nat(65_535)),
      firstTimestamp: fc.oneof(fc.constantFrom(...TIMESTAMP_STARTS), fc.nat(0xffff_ffff)),
      fec: fc.constantFrom(...fec),
      packets,
    })
    .map(firstArrives);
}

/** The line starts at the first packet: it is on time and there. */
function firstArrives(trace: Trace): Trace {
  const [first, ...others] = trace.packets;
  if (first === undefined) return trace;
  const punctual: TracePacket = {
    ...first,
    says: 'voice',
    fate: 'arrives',
    pauseMs: 0,
    delayMs: 0,
    nudgeTicks: 0,
    restarts: false,
  };
  return { ...trace, packets: [punctual, ...others] };
}

/** `EARSHOT_SEED` chooses other traces; a failure names the seed and the path to its smallest trace. */
export const SEED: number = Number(process.env.EARSHOT_SEED ?? 20_261_124);

/**
 * Checks a rule on generated traces. What breaks it is made as small as can be and shown as a table.
 *
 * @param rule - throws where it does not hold
 */
export function holdsForTraces(
  arbitrary: fc.Arbitrary<Trace>,
  runs: number,
  rule: (trace: Trace) => void,
): void {
  fc.assert(fc.property(arbitrary, rule), {
    seed: SEED,
    numRuns: runs,
    reporter: (run) => {
      if (!run.failed) return;
      const [trace] = run.counterexample ?? [];
      const cause = run.errorInstance;
      throw new Error(
        `seed ${run.seed}, path ${run.counterexamplePath}, after ${run.numShrinks} shrinks\n` +
          `${trace === undefined ? '' : traceTable(trace)}\n${cause instanceof Error ? cause.message : cause}`,
        { cause },
      );
    },
  });
}
