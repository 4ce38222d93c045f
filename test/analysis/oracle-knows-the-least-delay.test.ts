import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimumDelayLine } from '../../src/analysis/minimum-delay-line.js';
import { fixedDelayCurve, lowerBoundCurve, type ParetoPoint } from '../../src/analysis/oracle.js';
import { arrivalTrace, type SentPacket } from '../helpers/arrival-trace.js';

const LBRR = 1;

function concealedAt(curve: readonly ParetoPoint[], delayMs: number): number {
  return curve.find((point) => point.delayMs === delayMs)?.concealedRatio ?? Number.NaN;
}

/** The least delay of a curve at a share, on the straight lines between its points. */
function delayAt(curve: readonly ParetoPoint[], ratio: number): number {
  const right = curve.findIndex((point) => point.concealedRatio <= ratio + 1e-12);
  const [to, from] = [curve[right], curve[right - 1]];
  if (to === undefined) return Number.POSITIVE_INFINITY;
  if (from === undefined) return to.delayMs;
  const share = (from.concealedRatio - ratio) / (from.concealedRatio - to.concealedRatio);
  return from.delayMs + share * (to.delayMs - from.delayMs);
}

const sent: fc.Arbitrary<SentPacket> = fc.record({
  delayMs: fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: 0, max: 120, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 3000, noNaN: true }) },
    { weight: 2, arbitrary: fc.constant(undefined) },
  ),
  copies: fc.constantFrom(0, LBRR, 0b11),
  content: fc.constantFrom('audio', 'audio', 'audio', 'dtx'),
  pauseMs: fc.constantFrom(0, 0, 0, 0, 100, 2500),
});
const calls = fc
  .array(sent, { minLength: 1, maxLength: 200 })
  .map((packets) => arrivalTrace([{ delayMs: 0 }, ...packets]));

describe('the oracle', () => {
  it('makes up what never came, whatever the delay, and what came later than the delay', () => {
    const trace = arrivalTrace([
      { delayMs: 0 },
      { delayMs: 30 },
      { delayMs: undefined },
      { delayMs: 10.5 },
    ]);

    const curve = fixedDelayCurve(trace, 'without-copies');

    expect(concealedAt(curve, 0)).toBe(0.75);
    expect(concealedAt(curve, 10)).toBe(0.75);
    expect(concealedAt(curve, 11)).toBe(0.5);
    expect(concealedAt(curve, 29)).toBe(0.5);
    expect(concealedAt(curve, 30)).toBe(0.25);
    expect(concealedAt(curve, 400)).toBe(0.25);
  });

  it('takes a lost packet from the copy behind it, 20 ms later', () => {
    const trace = arrivalTrace([
      { delayMs: 0 },
      { delayMs: undefined },
      { delayMs: 5, copies: LBRR },
      { delayMs: 0 },
    ]);

    const curve = fixedDelayCurve(trace, 'with-copies');

    expect(concealedAt(curve, 24)).toBe(0.25);
    expect(concealedAt(curve, 25)).toBe(0);
    expect(concealedAt(fixedDelayCurve(trace, 'without-copies'), 400)).toBe(0.25);
  });

  it('takes a lost packet from a copy of distance 2 when the packet between is lost too', () => {
    const trace = arrivalTrace([
      { delayMs: 0 },
      { delayMs: undefined },
      { delayMs: undefined },
      { delayMs: 0, copies: 0b11 },
    ]);

    const curve = fixedDelayCurve(trace, 'with-copies');

    expect(concealedAt(curve, 20)).toBe(0.25);
    expect(concealedAt(curve, 40)).toBe(0);
  });

  it('counts no packet of a pause as audio, and the pause as part of the call', () => {
    const trace = arrivalTrace([
      { delayMs: 0 },
      { delayMs: 300, content: 'dtx' },
      { delayMs: undefined, pauseMs: 100 },
      { delayMs: 0, content: 'dtx' },
      { delayMs: 50, pauseMs: 100 },
    ]);

    const curve = fixedDelayCurve(trace, 'without-copies');

    expect(concealedAt(curve, 49)).toBeCloseTo(20 / 300, 10);
    expect(concealedAt(curve, 50)).toBe(0);
  });

  it('leaves the drift of the sender out, and no step of the path', () => {
    const drifting = arrivalTrace(
      Array.from({ length: 3000 }, (_, n) => ({ delayMs: n * 20 * 300e-6 + (n % 3) })),
    );
    const stepping = arrivalTrace(
      Array.from({ length: 3000 }, (_, n) => ({ delayMs: n < 1000 ? 0 : 40 })),
    );

    expect(minimumDelayLine(drifting).driftPpm).toBeCloseTo(300, 0);
    expect(concealedAt(fixedDelayCurve(drifting, 'without-copies'), 3)).toBe(0);
    expect(minimumDelayLine(stepping).driftPpm).toBe(0);
    expect(concealedAt(fixedDelayCurve(stepping, 'without-copies'), 39)).toBeCloseTo(2 / 3, 5);
  });

  it('with a delay for each talkspurt pays for a slow one alone', () => {
    const spurt = (delayMs: number): SentPacket[] =>
      Array.from({ length: 10 }, (_, n) => ({ delayMs, pauseMs: n === 0 ? 200 : 0 }));
    const trace = arrivalTrace([...spurt(0), ...spurt(90), ...spurt(0)]);

    expect(lowerBoundCurve(trace)).toEqual([
      { delayMs: 0, concealedRatio: 200 / 1000 },
      { delayMs: 30, concealedRatio: 0 },
    ]);
  });

  it('gives up the packet that costs a talkspurt most delay first', () => {
    const trace = arrivalTrace([{ delayMs: 0 }, { delayMs: 4 }, { delayMs: 0 }, { delayMs: 100 }]);

    expect(lowerBoundCurve(trace)).toEqual([
      { delayMs: 0, concealedRatio: 0.5 },
      { delayMs: 4, concealedRatio: 0.25 },
      { delayMs: 100, concealedRatio: 0 },
    ]);
  });

  it('never lets more delay mean more concealment, nor a copy harm', () => {
    fc.assert(
      fc.property(calls, (trace) => {
        const plain = fixedDelayCurve(trace, 'without-copies');
        const copied = fixedDelayCurve(trace, 'with-copies');
        for (const curve of [plain, copied, lowerBoundCurve(trace)]) {
          curve.slice(1).forEach((point, index) => {
            expect(point.delayMs).toBeGreaterThan(curve[index]?.delayMs as number);
            expect(point.concealedRatio).toBeLessThanOrEqual(
              curve[index]?.concealedRatio as number,
            );
          });
        }
        for (const { delayMs, concealedRatio } of plain) {
          const other = concealedAt(copied, delayMs);
          if (!Number.isNaN(other)) expect(other).toBeLessThanOrEqual(concealedRatio + 1e-12);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('has a bound that is never above what one delay for all can do', () => {
    fc.assert(
      fc.property(calls, (trace) => {
        const bound = lowerBoundCurve(trace);
        for (const { delayMs, concealedRatio } of fixedDelayCurve(trace, 'with-copies')) {
          expect(delayAt(bound, concealedRatio)).toBeLessThanOrEqual(delayMs + 1e-9);
        }
      }),
      { numRuns: 40 },
    );
  });
});
