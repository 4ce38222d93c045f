import { checkOneOf } from '../errors.js';
import type { NetworkSettings } from './network.js';

export type NetworkName = 'clean' | 'wifi' | 'lte' | 'satellite' | 'congested';

/** A network that many calls meet. */
export interface NetworkPreset {
  readonly name: NetworkName;
  /** What it is, in a sentence. */
  readonly about: string;
  /** Where its numbers come from. */
  readonly reasons: readonly string[];
  readonly settings: Omit<NetworkSettings, 'seed'>;
}

/** The networks that have a name: usual ones, not the worst. */
export const NETWORK_PRESETS: readonly NetworkPreset[] = [
  {
    name: 'clean',
    about: 'A wired path on which nothing happens.',
    reasons: [
      '20 ms is a path within a country; up to 2 ms of jitter a scheduler of an operating system makes.',
    ],
    settings: { baseDelayMs: 20, jitter: { kind: 'uniform', maxMs: 2 } },
  },
  {
    name: 'wifi',
    about:
      'A home or office WLAN with neighbours: contention, and a radio that leaves its channel now and then.',
    reasons: [
      'Jitter: back-off and retries of 802.11 make an exponential tail (gamma with deviation = mean) of some ms.',
      'Holds of 30-150 ms: access points and stations scan other channels that long at a time, every 10 s to 2 min each; ' +
        'power saving holds frames up to a beacon interval of 102.4 ms. Scans, sleep and roaming of several devices together: one in 2 s.',
      'Loss: retries hide most; 1 % in runs of 2 stay where the link is weak.',
    ],
    settings: {
      baseDelayMs: 20,
      jitter: { kind: 'gamma', meanMs: 4, deviationMs: 4 },
      holds: { meanIntervalMs: 2000, minMs: 30, maxMs: 150 },
      loss: { kind: 'gilbert-elliott', ratio: 0.01, meanBurstPackets: 2 },
    },
  },
  {
    name: 'lte',
    about:
      'A phone on LTE, moving: scheduling and retransmission delay that swells and falls, handovers.',
    reasons: [
      'Jitter: 98 % of its packets are under 83 ms, inside the 100 ms that 3GPP TS 23.203 (table 6.1.7, QCI 1) grants the access network with a ' +
        'confidence of 98 %; a time constant of 0.2 s is correlation 0.9 from one 20 ms packet to the next.',
      'Loss: 1 %, the packet error loss rate of the same row. The radio link gives packets in order.',
      'Holds: a handover interrupts 30-80 ms (3GPP TR 36.881 counts 49.5 ms), here twice a minute.',
    ],
    settings: {
      baseDelayMs: 35,
      jitter: { kind: 'correlated', meanMs: 25, deviationMs: 20, timeConstantMs: 200 },
      holds: { meanIntervalMs: 30_000, minMs: 30, maxMs: 80 },
      loss: { kind: 'iid', ratio: 0.01 },
    },
  },
  {
    name: 'satellite',
    about: 'A geostationary satellite: far, steady, with fades.',
    reasons: [
      'Delay: 260 ms one way over a geostationary hop (ITU-T G.114, annex A), and 20 ms of ground.',
      'Jitter: a return channel shared by time slots makes a wait of up to a frame of some tens of ms.',
      'Loss: a fade of a second or so (mean 50 packets of 20 ms) in which 30 % is lost, about every 40 s; 0.1 % otherwise.',
    ],
    settings: {
      baseDelayMs: 280,
      jitter: { kind: 'uniform', maxMs: 25 },
      loss: {
        kind: 'gilbert-elliott',
        p: 0.0005,
        q: 0.02,
        goodLossRatio: 0.001,
        badLossRatio: 0.3,
      },
    },
  },
  {
    name: 'congested',
    about: 'An upstream of 2 Mbit/s shared with uploads: its queue fills, then drops.',
    reasons: [
      'Link: 1500 bytes every 6 ms; a queue of 42 packets is 252 ms of it, as unmanaged buffers of access routers are.',
      'Uploads send 2.4 Mbit/s for 3 s on average and pause 4 s: in a burst the queue is full after 1.2 s, and from there on 8 % of a call is ' +
        'lost, 2.7 % in all (measured over an hour of 20 ms packets).',
    ],
    settings: {
      baseDelayMs: 20,
      jitter: { kind: 'gamma', meanMs: 3, deviationMs: 3 },
      link: {
        opportunitiesMs: [6],
        queuePackets: 42,
        crossTraffic: { rateBps: 2_400_000, meanBurstMs: 3000, meanPauseMs: 4000 },
      },
    },
  },
];

export const NETWORK_NAMES: readonly NetworkName[] = NETWORK_PRESETS.map(({ name }) => name);

/**
 * The settings of a network that has a name.
 *
 * @param seed - 0..2^53-1
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` for a name that is none
 */
export function networkPreset(name: NetworkName, seed: number): NetworkSettings {
  checkOneOf('network', name, NETWORK_NAMES);
  return { seed, ...NETWORK_PRESETS.find((preset) => preset.name === name)?.settings };
}
