import { describe, expect, it } from 'vitest';
import { listStreams, readCapture, replay, writePcap } from '../../src/replay/index.js';
import { type TimedPacket, talk, throughNetwork, withRed } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { withPadding } from '../helpers/padding.js';

const CALL = talk(fixtureCall().pcm.subarray(0, 160_000), {
  sampleRateHz: 16_000,
  ssrc: 9,
  fec: 'on',
});
const PADDED = withPadding(CALL, 4);

function captured(packets: readonly TimedPacket[]) {
  return readCapture(writePcap(packets), 'x');
}

describe('a call whose sender probes the path with padding', () => {
  it.each(['recognizer', 'playout'] as const)('is heard as without it: %s', async (mode) => {
    const plain = await replay(captured(CALL), { mode });
    const padded = await replay(captured(PADDED), { mode });
    expect(padded.packets).toEqual({ ...plain.packets, received: PADDED.length });
    expect(padded.audio).toEqual(plain.audio);
    expect(padded.latencyMs).toEqual(plain.latencyMs);
    expect(padded.network.jitter).toEqual(plain.network.jitter);
    expect(padded.network.packetMs).toBe(20);
    expect(padded.network.burstGap.lossRatio).toBe(0);
  });

  it('has lost what the network lost, padding too, by the engine, the analysis and the listing', async () => {
    const arrivals = throughNetwork(PADDED, { seed: 3, loss: { kind: 'iid', ratio: 0.1 } });
    const lost = PADDED.length - arrivals.length;
    expect(lost).toBeGreaterThan(40);
    const report = await replay(captured(arrivals));
    expect(report.packets).toMatchObject({ received: arrivals.length, lost, malformed: 0 });
    expect(report.network.burstGap.lossRatio).toBeCloseTo(lost / PADDED.length, 5);
    expect(listStreams(captured(arrivals)).streams[0]).toMatchObject({ lost });
  });

  it('is sent with copies as it is where it is padding', async () => {
    const report = await replay(captured([...withRed(PADDED, { distance: 1 })]), {
      codecs: { 63: 'red/48000/2', 111: 'opus/48000/2' },
    });
    expect(report.packets).toMatchObject({ received: PADDED.length, lost: 0, malformed: 0 });
    expect(report.audio.provenanceMs.plc).toBe(0);
  });

  it('has no more made up than without padding, where the same audio is lost', async () => {
    const isAudio = ({ data }: TimedPacket): boolean => (data[0] ?? 0) >> 5 !== 0b101;
    const audioPlaces = PADDED.flatMap((packet, index) => (isAudio(packet) ? [index] : []));
    expect(audioPlaces).toHaveLength(CALL.length);
    const isLost = (index: number): boolean => index % 11 === 5;
    const plain = await replay(captured(CALL.filter((_, index) => !isLost(index))));
    const padded = await replay(
      captured(PADDED.filter((_, index) => !isLost(audioPlaces.indexOf(index)))),
    );
    expect(padded.audio.provenanceMs).toEqual(plain.audio.provenanceMs);
    expect(padded.packets.lost).toBe(plain.packets.lost);
  });
});
