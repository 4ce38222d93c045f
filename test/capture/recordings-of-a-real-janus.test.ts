import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type CapturedDatagram, listStreams, openCapture, replay } from '../../src/replay/index.js';
import { inFolder, needTool, runTool } from '../helpers/run-tool.js';
import { needTshark, tsharkStreams } from '../helpers/tshark.js';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures');
const RECORDING = resolve(FIXTURES, 'recordings/janus-streaming.mjr');
const SENT = resolve(FIXTURES, 'captures/bursts.pcap');
const SENT_US = 12_000_000;
/** Most that sender, kernel and Janus took for a packet when the recording was made, and the ms that Janus rounds to. */
const ON_THE_WAY_US = 10_000;

/** What Janus leaves as it was: it renumbers sequence, time and source. */
function payloadsOf(packets: readonly CapturedDatagram[]): string[] {
  return packets.map(({ data }) => Buffer.from(data.subarray(12)).toString('hex'));
}

function msAndPackets(packets: Iterable<CapturedDatagram>): [number, string][] {
  return [...packets].map(({ atUs, data }) => [
    Math.floor(atUs / 1000),
    Buffer.from(data).toString('hex'),
  ]);
}

vi.setConfig({ testTimeout: 60_000 }); // tshark takes its time to start.

describe('a recording that Janus 1.1.2 made of its streaming plugin', () => {
  it('holds every packet that was sent to it, at the time it was sent', () => {
    const recorded = [...openCapture(RECORDING)];
    const sent = [...openCapture(SENT)].filter(({ atUs }) => atUs < SENT_US);

    expect(recorded).toHaveLength(549);
    expect(payloadsOf(recorded)).toEqual(payloadsOf(sent));
    const offsUs = recorded.map(({ atUs }, index) => atUs - (sent[index]?.atUs ?? Number.NaN));
    expect(Math.max(...offsUs.map(Math.abs))).toBeLessThan(ON_THE_WAY_US);
  });

  it('says what it is, and has lost what its sender lost', async () => {
    const capture = openCapture(RECORDING);
    const { packets } = await replay(capture);

    expect(packets).toMatchObject({ received: 549, lost: 51 });
    expect(capture).toMatchObject({
      format: 'mjr',
      rtpmap: 'opus/48000/2',
      counts: { records: 549, untimed: 0, outOfOrder: 0 },
    });
  });

  it('is read as mjr2pcap reads it, and counted as tshark counts that', (ctx) => {
    needTool(ctx, 'mjr2pcap', 'janus-tools');
    needTshark(ctx);
    inFolder((pathOf) => {
      const pcap = pathOf('recording.pcap');
      runTool('mjr2pcap', [RECORDING, pcap]);
      expect(msAndPackets(openCapture(RECORDING))).toEqual(msAndPackets(openCapture(pcap)));

      const [told] = tsharkStreams(pcap, { 111: 'opus/48000/2' });
      const [listed] = listStreams(openCapture(RECORDING)).streams;
      expect(listed).toMatchObject({ ssrc: told?.ssrc, packets: told?.packets, lost: told?.lost });
      expect(listed?.jitterMs?.mean).toBeCloseTo(told?.meanJitterMs ?? Number.NaN, 1);
    });
  });
});

describe('a recording that pcap2mjr made', () => {
  it.for(['clean', 'bursts', 'reordered', 'spikes', 'dtx'])(
    'of %s.pcap holds the same packets at the same ms',
    (name, ctx) => {
      needTool(ctx, 'pcap2mjr', 'janus-tools');
      inFolder((pathOf) => {
        const pcap = resolve(FIXTURES, 'captures', `${name}.pcap`);
        const mjr = pathOf('made.mjr');
        runTool('pcap2mjr', ['-c', 'opus', '-s', '0', pcap, mjr]);
        const made = openCapture(mjr);
        expect(msAndPackets(made)).toEqual(msAndPackets(openCapture(pcap)));
        expect(made.format).toBe('mjr');
      });
    },
  );
});
