import { describe, expect, it } from 'vitest';
import { openCall } from '../../src/compare/call.js';
import { driveCall } from '../../src/compare/drive-call.js';
import { Receiver } from '../../src/index.js';
import { replay } from '../../src/replay/index.js';
import { fixtureCapture } from '../helpers/captures.js';

const OWN_PATH = { network: undefined, seed: 0, redDistance: 0 };

describe('a comparison', () => {
  it.each([
    ['bursts.pcap', 'recognizer'],
    ['dtx.pcap', 'recognizer'],
    ['spikes.pcap', 'playout'],
    ['loss5-fec.pcap', 'playout'],
  ] as const)('gives %s to mode %s as a replay does', async (file, mode) => {
    const capture = fixtureCapture(file);
    const call = openCall(capture.name, OWN_PATH);
    const receiver = new Receiver({ mode, codecs: call.codecs });
    const listener = { onArrival() {}, onFrame() {}, onPlayed() {} };

    await driveCall(receiver, call.arrivals, undefined, listener);
    const stats = receiver.stats();
    receiver.close();
    const report = await replay(capture, { mode, sampleRateHz: 16_000 });

    expect(stats.webrtcStats).toEqual(report.webrtcStats);
    expect(stats.deadlineMisses).toBe(report.deadline.misses);
    expect(stats.repairedMs).toBe(report.repairs.repairedMs);
  });

  it('ends when it is told to', async () => {
    const call = openCall(fixtureCapture('clean.pcap').name, OWN_PATH);
    const receiver = new Receiver({ mode: 'playout', codecs: call.codecs });
    const ending = new AbortController();
    const listener = { onArrival: () => ending.abort(), onFrame() {}, onPlayed() {} };

    await expect(
      driveCall(receiver, call.arrivals, undefined, listener, ending.signal),
    ).rejects.toBe(ending.signal.reason);
    receiver.close();
  });
});
