import { describe, expect, it } from 'vitest';
import { measureDelay } from '../../bench/peers/alignment.js';
import type { OutputChunk } from '../../bench/peers/contender.js';
import { decimate, joinOutput, toFloat } from '../../bench/peers/resample.js';
import { NETWORKS, schedule } from '../../bench/peers/schedule.js';
import { type Trace, traceOfCapture, traceOfWav } from '../../bench/peers/trace.js';

const LINE_US = 1_000_000;
const CHUNK_SAMPLES = 480;

const trace = traceOfWav('fixtures/speech/call.wav');
const clean = decimate(toFloat(trace.clean), 3);

/** The trace as a player would put it out, 10 ms at a time, each piece as late as `delayMs` says. */
function played(delayMs: (chunk: number) => number): OutputChunk[] {
  return Array.from({ length: Math.floor(trace.clean.length / CHUNK_SAMPLES) }, (_, chunk) => ({
    outUs: LINE_US + chunk * 10_000 + delayMs(chunk) * 1000,
    sampleRateHz: 48_000,
    pcm: trace.clean.slice(chunk * CHUNK_SAMPLES, (chunk + 1) * CHUNK_SAMPLES),
  }));
}

describe('the delay of a contender', () => {
  it('is that of its audio behind the line, within a tenth of a millisecond', () => {
    const output = joinOutput(
      played(() => 37),
      0,
    );
    const delay = measureDelay(clean, output, LINE_US);
    expect(delay.meanMs).toBeCloseTo(37, 1);
    expect(delay.p95Ms).toBeCloseTo(37, 1);
    expect(delay.foundRatio).toBe(1);
  });

  it('follows a player that waits longer after a while', () => {
    const chunks = played((chunk) => (chunk < 1500 ? 20 : 220));
    const silence = Array.from({ length: 20 }, (_, i) => ({
      outUs: LINE_US + 15_020_000 + i * 10_000,
      sampleRateHz: 48_000,
      pcm: new Int16Array(CHUNK_SAMPLES),
    }));
    const output = joinOutput([...chunks.slice(0, 1500), ...silence, ...chunks.slice(1500)], 0);
    const delay = measureDelay(clean, output, LINE_US);
    const share = (trace.durationMs - 15_000) / trace.durationMs;
    expect(delay.meanMs).toBeGreaterThan(20 + 200 * share - 3);
    expect(delay.meanMs).toBeLessThan(20 + 200 * share + 3);
    expect(delay.p95Ms).toBeCloseTo(220, 1);
    expect(delay.foundRatio).toBeGreaterThan(0.98);
  });

  it('is not told where something else is played', () => {
    const foreign = played(() => 30).map((chunk) => ({
      ...chunk,
      pcm: chunk.pcm.slice().reverse(),
    }));
    const delay = measureDelay(clean.subarray(0, 4 * 16_000), joinOutput(foreign, 0), LINE_US);
    expect(delay.foundRatio).toBeLessThan(0.2);
  });
});

describe('the schedule', () => {
  it.each(Object.keys(NETWORKS))('of "%s" is the same for the same seed', (network) => {
    const one = schedule(trace, network, 5);
    const other = schedule(trace, network, 5);
    expect(other).toEqual(one);
    expect(one.arrivals.length + one.lostPackets).toBe(trace.sent.length);
    expect(one.leastDelayUs).toBeGreaterThanOrEqual(0);
  });

  it('of a capture counts what the capture itself has lost', () => {
    const captured = traceOfCapture('fixtures/captures/bursts.pcap');
    const { arrivals, lostPackets } = schedule(captured, 'as captured', 0);
    expect(arrivals.length + lostPackets).toBe(trace.sent.length);
    expect(lostPackets).toBeGreaterThan(100);
  });

  it('of a capture has the arrivals of the capture, the fastest packet on the line', () => {
    const captured: Trace = traceOfCapture('fixtures/captures/reordered.pcap');
    const { arrivals, leastDelayUs } = schedule(captured, 'as captured', 0);
    const numbers = arrivals.map(({ data }) => ((data[2] ?? 0) << 8) | (data[3] ?? 0));
    const overtaken = numbers.filter(
      (number, i) => ((number - (numbers[i - 1] ?? number)) & 0x8000) > 0,
    );
    expect(leastDelayUs).toBe(0);
    expect(captured.missingPackets).toBe(0);
    expect(overtaken.length).toBeGreaterThan(20);
    expect(arrivals.every(({ atUs }, i) => atUs >= (arrivals[i - 1]?.atUs ?? 0))).toBe(true);
  });
});
