import { describe, expect, it } from 'vitest';
import { type AudioFrame, OpusDecoder, PROVENANCES } from '../../src/index.js';
import { finalPcm, frameLines, hear } from '../helpers/hear.js';
import { arrivalsOf, type Trace, type TraceArrival } from '../helpers/trace.js';
import { holdsForTraces, SEED, traces } from '../helpers/trace-arbitrary.js';

const DEADLINE_MS = 150;
const MAX_FILL_TICKS = 2000 * 48;
const GRID_TICKS = 120;
/** Of the memory a repair works in: 1 s and the distance of two snapshots, 0.4 s, and a packet. */
const REPAIR_WINDOW_TICKS = 1400 * 48 + 120 * 48;
const SAMPLES_PER_TICK = 1 / 3; // At 16 kHz.

const first = (frames: readonly AudioFrame[]): AudioFrame[] =>
  frames.filter(({ version }) => version === 0);

function decodePlainly(arrivals: readonly TraceArrival[]): Int16Array {
  const decoder = new OpusDecoder({ sampleRateHz: 16_000 });
  const inOrder = arrivals.filter(({ isCopy }) => !isCopy).sort((a, b) => a.place - b.place);
  const pcm = inOrder.flatMap(({ payload }) => [...decoder.decode(payload)]);
  decoder.close();
  return Int16Array.from(pcm);
}

/** Comparing arrays element by element is the slow part of these tests. */
function samePcm(a: Int16Array, b: Int16Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

/** What arrives, but nothing comes after the sender's last packet, which is on time: a call that does not end in a hole. */
function arrivalsBeforeTheEnd(trace: Trace): TraceArrival[] {
  const last = trace.packets.at(-1);
  if (last === undefined) return [];
  const onTime = { ...last, fate: 'arrives', delayMs: 0 } as const;
  const arrivals = arrivalsOf({ ...trace, packets: [...trace.packets.slice(0, -1), onTime] });
  const endUs = arrivals.find(({ place }) => place === trace.packets.length - 1)?.arrivalUs ?? 0;
  return arrivals
    .map((arrival) => ({ ...arrival, arrivalUs: Math.min(arrival.arrivalUs, endUs) }))
    .sort((a, b) => a.arrivalUs - b.arrivalUs);
}

/** Whether audio from this arrival could be reached without a hole: all that was sent before it was there. */
function isReachable(
  trace: Trace,
  arrivals: readonly TraceArrival[],
  arrival: TraceArrival,
): boolean {
  const here = new Set(
    arrivals.filter(({ arrivalUs }) => arrivalUs <= arrival.arrivalUs).map(({ place }) => place),
  );
  return trace.packets.every((_, place) => place >= arrival.place || here.has(place));
}

describe(`on generated traces (seed ${SEED})`, () => {
  it('frames tile the timeline, and only gaps over the fill limit are jumped', () => {
    holdsForTraces(traces(), 150, (trace) => {
      const { frames, stats } = hear(arrivalsOf(trace));
      let head = 0;
      const gaps: number[] = [];
      let offGrid = 0;
      for (const { mediaTicks, durationTicks } of first(frames)) {
        if (mediaTicks !== head) gaps.push(mediaTicks - head);
        offGrid += durationTicks % GRID_TICKS;
        head = mediaTicks + durationTicks;
      }
      expect(gaps.filter((gap) => gap <= MAX_FILL_TICKS - GRID_TICKS)).toEqual([]);
      expect(offGrid).toBe(0);
      expect(stats.discontinuities).toBeGreaterThanOrEqual(gaps.length);
    });
  });

  it('only what was handed out is handed out again, within the window, with a higher version', () => {
    const rule = (maxFillMs: number) => (trace: Trace) => {
      const versions = new Map<number, number>();
      let head = 0;
      for (const frame of hear(arrivalsOf(trace), { maxFillMs }).frames) {
        const end = frame.mediaTicks + frame.durationTicks;
        const known: (number | undefined)[] = [];
        for (let at = frame.mediaTicks; at < end; at += GRID_TICKS) {
          known.push(versions.get(at));
          versions.set(at, frame.version);
        }
        if (frame.version === 0) {
          expect(known.every((version) => version === undefined)).toBe(true);
        } else {
          expect(known.every((version) => version !== undefined)).toBe(true);
          expect(frame.version).toBeGreaterThan(Math.max(...known.map((version) => version ?? 0)));
          expect(frame.mediaTicks).toBeGreaterThanOrEqual(head - REPAIR_WINDOW_TICKS);
        }
        head = Math.max(head, end);
      }
    };
    // Gaps that are jumped lie inside the window of repairs only where the fill limit is short.
    for (const maxFillMs of [2000, 100]) {
      holdsForTraces(traces({ maxDelayMs: 1200 }), 100, rule(maxFillMs));
    }
  });

  it('what can be reached without a hole is out in the poll of its arrival', () => {
    holdsForTraces(traces({ restarts: 'none', maxNudgeTicks: 0 }), 150, (trace) => {
      const arrivals = arrivalsOf(trace);
      const out = new Map(
        first(hear(arrivals).frames)
          .map((frame) => [frame.arrivalUs, frame.finalisedUs] as const)
          .reverse(),
      );
      for (const arrival of arrivals) {
        // A frame tells its packet by the time of arrival, where only one came then.
        const together = arrivals.filter(({ arrivalUs }) => arrivalUs === arrival.arrivalUs);
        if (together.length > 1 || arrival.isCopy) continue;
        const outUs = out.get(arrival.arrivalUs);
        if (outUs === undefined || !isReachable(trace, arrivals, arrival)) continue;
        expect(outUs).toBe(arrival.arrivalUs);
      }
    });
  });

  it('no frame is later than the deadline, when the host polls when asked to', () => {
    // Where the length of what is missing cannot be known, it waits for the deadline of what it is taken for.
    const limits = {
      restarts: 'none',
      frameMs: [10, 20],
      maxPauseMs: 0,
      maxNudgeTicks: 0,
      frameSizes: 'one',
    } as const;
    holdsForTraces(traces(limits), 150, (trace) => {
      const { frames, stats } = hear(arrivalsOf(trace), { deadlineMs: DEADLINE_MS });
      for (const { latencyUs, missedDeadline } of first(frames)) {
        expect(latencyUs).toBeLessThanOrEqual(DEADLINE_MS * 1000);
        expect(missedDeadline).toBe(false);
      }
      expect(stats.deadlineMisses).toBe(0);
    });
  });

  it('the provenances sum up to what was handed out, and every packet is counted once', () => {
    holdsForTraces(traces(), 100, (trace) => {
      const arrivals = arrivalsOf(trace);
      const { frames, stats } = hear(arrivals);
      const ticks = (of: readonly AudioFrame[]): number =>
        of.reduce((sum, { durationTicks }) => sum + durationTicks, 0);
      expect(stats.emittedMs * 48).toBeCloseTo(ticks(first(frames)));
      for (const provenance of PROVENANCES) {
        const from = first(frames).filter((frame) => frame.provenance === provenance);
        expect(stats.provenanceMs[provenance] * 48).toBeCloseTo(ticks(from));
      }
      expect(
        stats.packetsReceived +
          stats.packetsDuplicate +
          stats.packetsMalformed +
          stats.packetsOnProbation,
      ).toBe(arrivals.length);
    });
  });

  it('a trace that lost nothing equals plain decoding, whatever the order within the deadline', () => {
    const limits = {
      maxPauseMs: 0,
      maxNudgeTicks: 0,
      fates: ['arrives', 'arrives twice'],
      says: ['voice'],
      fec: ['off'],
      restarts: 'none',
    } as const;
    const rule = (trace: Trace): void => {
      const arrivals = arrivalsBeforeTheEnd(trace);
      const { frames } = hear(arrivals, { deadlineMs: DEADLINE_MS });
      expect(frames.every(({ provenance }) => provenance === 'received')).toBe(true);
      expect(samePcm(finalPcm(frames, SAMPLES_PER_TICK), decodePlainly(arrivals))).toBe(true);
    };
    for (const frameMs of [10, 20] as const) {
      const one = { ...limits, maxDelayMs: DEADLINE_MS - 1, frameMs: [frameMs] };
      holdsForTraces(traces(one), 60, rule);
    }
    // A long packet that is missing may be taken for short ones, whose deadlines are earlier: by 60 - 10 ms at the most.
    holdsForTraces(traces({ ...limits, maxDelayMs: DEADLINE_MS - 51 }), 60, rule);
  });

  it('after the repairs a trace that was only late equals plain decoding', () => {
    // A packet whose first part was made up, because it is longer than 20 ms or than the one before, is not repaired.
    const limits = {
      frameMs: [10, 20],
      frameSizes: 'one',
      maxDelayMs: 600,
      maxPauseMs: 0,
      maxNudgeTicks: 0,
      fates: ['arrives', 'arrives twice'],
      says: ['voice'],
      restarts: 'none',
    } as const;
    holdsForTraces(traces(limits), 120, (trace) => {
      const arrivals = arrivalsBeforeTheEnd(trace);
      const { frames, stats } = hear(arrivals, { deadlineMs: DEADLINE_MS });
      expect(stats.packetsUnrepairable).toBe(0);
      expect(samePcm(finalPcm(frames, SAMPLES_PER_TICK), decodePlainly(arrivals))).toBe(true);
    });
  });

  it('the same calls give the same output, and further polls change nothing', () => {
    holdsForTraces(traces(), 80, (trace) => {
      const arrivals = arrivalsOf(trace);
      const lines = frameLines(hear(arrivals).frames);
      expect(frameLines(hear(arrivals).frames)).toEqual(lines);
      const endUs = arrivals.at(-1)?.arrivalUs ?? 0;
      const extraPollsUs: number[] = [];
      for (let atUs = trace.startUs; atUs < endUs; atUs += 7001) extraPollsUs.push(atUs);
      expect(frameLines(hear(arrivals, { extraPollsUs }).frames)).toEqual(lines);
    });
  });

  it('what comes out grows with what went in', () => {
    holdsForTraces(traces(), 80, (trace) => {
      const arrivals = arrivalsOf(trace);
      // A packet makes at most the longest fill, a second of tail before it and a repair.
      const mostMs = arrivals.length * (2000 + 1000 + 1400) + 120;
      const ms = hear(arrivals).frames.reduce((sum, one) => sum + one.durationTicks / 48, 0);
      expect(ms).toBeLessThanOrEqual(mostMs);
    });
  });

  it('a duplicate never changes the output', () => {
    const once = (trace: Trace): TraceArrival[] =>
      arrivalsOf(trace).filter(({ isCopy }) => !isCopy);
    const limits = { fates: ['arrives twice', 'is lost'], restarts: 'none' } as const;
    holdsForTraces(traces(limits), 120, (trace) => {
      const arrivals = arrivalsOf(trace);
      const extraPollsUs = arrivals.filter(({ isCopy }) => isCopy).map((copy) => copy.arrivalUs);
      const endUs = once(trace).at(-1)?.arrivalUs ?? 0;
      const uptoEnd = arrivals.filter(({ arrivalUs }) => arrivalUs <= endUs);
      expect(frameLines(hear(uptoEnd).frames)).toEqual(
        frameLines(hear(once(trace), { extraPollsUs }).frames),
      );
    });
  });
});
