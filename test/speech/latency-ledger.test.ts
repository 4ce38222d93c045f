import { describe, expect, it } from 'vitest';
import type { AudioFrame } from '../../src/receiver/audio-frame.js';
import { LatencyLedger } from '../../src/speech/latency-ledger.js';

const FRAME: Omit<AudioFrame, 'pcm'> = {
  mediaTicks: 0,
  durationTicks: 960,
  provenance: 'received',
  version: 0,
  arrivalUs: 1_000_000,
  finalisedUs: 1_010_000,
  latencyUs: 25_000,
  missedDeadline: false,
  lossRunMs: 0,
  confidence: 1,
  captureUnixUs: undefined,
  levelDb: -30,
};

describe('the latency ledger', () => {
  it('assumes the least transit and adds the jitter it saw while the sender’s clock is unknown', () => {
    const ledger = new LatencyLedger(150, 45);

    const entry = ledger.record(
      { frame: FRAME, decodedUs: 1_011_000, capturedUs: undefined },
      1_013_500,
    );

    // The line is at 985 ms: 15 ms of jitter upon the 45 assumed.
    expect(entry).toMatchObject({
      capture: 26.5,
      uplink: 60,
      engine: 10,
      decode: 1,
      chunk: 2.5,
      total: 100,
      uplinkBasis: 'assumed',
    });
  });

  it('measures the uplink when it knows when the frame was captured', () => {
    const ledger = new LatencyLedger(150, 45);

    const entry = ledger.record(
      { frame: FRAME, decodedUs: 1_010_000, capturedUs: 970_000 },
      1_010_000,
    );

    expect(entry).toMatchObject({ uplink: 30, engine: 10, total: 66.5, uplinkBasis: 'measured' });
    expect(ledger.summary().measuredUplinks).toBe(1);
  });

  it('does not believe a capture time after the arrival', () => {
    const ledger = new LatencyLedger(150, 45);

    const entry = ledger.record(
      { frame: FRAME, decodedUs: 1_010_000, capturedUs: 1_000_001 },
      1_010_000,
    );

    expect(entry?.uplinkBasis).toBe('assumed');
  });

  it('times a concealed frame from when its packet would have come', () => {
    const ledger = new LatencyLedger(150, 45);
    const frame = { ...FRAME, provenance: 'plc', arrivalUs: undefined } as const;

    const entry = ledger.record({ frame, decodedUs: 1_010_000, capturedUs: undefined }, 1_010_000);

    expect(entry).toMatchObject({ uplink: 45, engine: 25 });
  });

  it('counts what is over the budget, and leaves out what nobody said', () => {
    const ledger = new LatencyLedger(90, 45);
    const stamps = { decodedUs: 1_010_000, capturedUs: undefined };

    ledger.record({ frame: FRAME, ...stamps }, 1_010_000);
    ledger.record({ frame: { ...FRAME, provenance: 'dtx' }, ...stamps }, 1_010_000);

    expect(ledger.summary()).toMatchObject({ frames: 1, overBudget: 1, unspokenMs: 20 });
  });
});
