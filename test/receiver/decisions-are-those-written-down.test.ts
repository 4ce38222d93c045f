import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReceiverOptions, RtpArrival } from '../../src/index.js';
import { type NetworkSettings, throughNetwork } from '../../src/simulate/index.js';
import { fixtureCapture } from '../helpers/captures.js';
import { decisionLog } from '../helpers/decision-log.js';
import { hear } from '../helpers/hear.js';

const EXPECTED = join(import.meta.dirname, '../../fixtures/expected');
/** Not so long that the drift is fitted, in floating point: everything written down is whole numbers everywhere. */
const LENGTH_US = 9_000_000;

interface Golden {
  readonly name: string;
  readonly capture: string;
  /** Where in the capture it begins. @defaultValue 0 */
  readonly fromUs?: number;
  /** A second network behind the capture's own. */
  readonly network?: NetworkSettings;
  /** From this time on the sender is another one: SSRC, sequence number and timestamp. */
  readonly restartUs?: number;
  readonly options?: ReceiverOptions;
}

const GOLDENS: readonly Golden[] = [
  { name: 'loss5-fec', capture: 'loss5-fec.pcap' },
  { name: 'bursts', capture: 'bursts.pcap' },
  { name: 'bursts-deadline-60ms', capture: 'bursts.pcap', options: { deadlineMs: 60 } },
  { name: 'reordered', capture: 'reordered.pcap' },
  { name: 'spikes', capture: 'spikes.pcap', fromUs: 8_000_000 },
  { name: 'dtx', capture: 'dtx.pcap' },
  {
    name: 'frames10',
    capture: 'frames10.pcap',
    network: { seed: 5, outages: [{ atMs: 2000, durationMs: 1700 }] },
  },
  { name: 'frames60', capture: 'frames60.pcap' },
  {
    name: 'longer-path',
    capture: 'clean.pcap',
    network: {
      seed: 6,
      steps: [{ atMs: 3000, delayMs: 120 }],
      stalls: [{ atMs: 6000, durationMs: 700 }],
    },
  },
  { name: 'restart', capture: 'clean.pcap', restartUs: 4_000_000 },
  {
    name: 'gap-over-the-fill-limit',
    capture: 'loss5-fec.pcap',
    network: { seed: 7, outages: [{ atMs: 2000, durationMs: 4000 }] },
    options: { maxFillMs: 1000 },
  },
];

/** Packets as they arrive, times from the first one that is taken. */
function arrivalsOf({ capture, fromUs = 0, network, restartUs }: Golden): RtpArrival[] {
  const datagrams = [...fixtureCapture(capture)];
  const firstUs = (datagrams[0]?.atUs ?? 0) + fromUs;
  const packets = datagrams
    .map(({ atUs, data }) => ({ atUs: atUs - firstUs, data }))
    .filter(({ atUs }) => atUs >= 0 && atUs < LENGTH_US)
    .map((packet) => {
      if (restartUs === undefined || packet.atUs < restartUs) return packet;
      return { ...packet, data: fromAnotherSender(packet.data) };
    });
  const arrived = network === undefined ? packets : throughNetwork(packets, network);
  return arrived.map(({ atUs, data }) => ({ arrivalUs: atUs, data }));
}

function fromAnotherSender(packet: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(packet);
  const view = new DataView(copy.buffer);
  view.setUint16(2, view.getUint16(2) + 30_000);
  view.setUint32(4, view.getUint32(4) + 0x4000_0000);
  view.setUint32(8, view.getUint32(8) + 1);
  return copy;
}

describe('decisions', () => {
  // After a change that is meant to decide otherwise: `npm run goldens`, and read the difference before committing it.
  it.each(GOLDENS)('are those written down: $name', async (golden) => {
    const log = decisionLog(hear(arrivalsOf(golden), golden.options));
    await expect(log).toMatchFileSnapshot(join(EXPECTED, `${golden.name}.ndjson`));
  });
});
