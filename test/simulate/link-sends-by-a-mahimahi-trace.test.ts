import { describe, expect, it } from 'vitest';
import { type LinkSettings, Network, parseMahimahi, Random } from '../../src/simulate/index.js';

/** Payload whose packet, with 28 bytes of IP and UDP, takes a whole opportunity. */
const FULL = 1500 - 28;

/** Arrivals in ms of packets sent at these ms. */
function send(link: LinkSettings, sent: readonly (readonly [ms: number, bytes: number])[]) {
  const network = new Network({ seed: 1, link });
  return sent.map(([ms, bytes]) => network.send(ms * 1000, bytes).map((us) => us / 1000)[0]);
}

describe('a link with the opportunities of a trace', () => {
  it('sends 1500 bytes at each, in the order they came', () => {
    const sent = Array.from({ length: 4 }, () => [0, FULL] as const);
    expect(send({ opportunitiesMs: [5, 7, 20, 30] }, sent)).toEqual([5, 7, 20, 30]);
  });

  it('begins the trace anew at its last time', () => {
    const sent = Array.from({ length: 6 }, () => [0, FULL] as const);
    expect(send({ opportunitiesMs: [5, 7, 20] }, sent)).toEqual([5, 7, 20, 25, 27, 40]);
  });

  it('takes two opportunities of one ms as two', () => {
    const sent = Array.from({ length: 3 }, () => [0, FULL] as const);
    expect(send({ opportunitiesMs: [5, 5, 9] }, sent)).toEqual([5, 5, 9]);
  });

  it('puts small packets into one opportunity and a large one into several', () => {
    const half = 750 - 28;
    const small = Array.from({ length: 4 }, () => [0, half] as const);
    expect(send({ opportunitiesMs: [10] }, small)).toEqual([10, 10, 20, 20]);
    expect(
      send({ opportunitiesMs: [10] }, [
        [0, 3000 - 28],
        [0, half],
      ]),
    ).toEqual([20, 30]);
  });

  it('lets an opportunity pass when nothing waits: one that came later gets the next', () => {
    expect(
      send({ opportunitiesMs: [10] }, [
        [3, 100],
        [10, 100],
        [13, 100],
        [31, 100],
      ]),
    ).toEqual([13, 13, 23, 33]); // the link's time begins with the first packet, at 3 ms
  });

  it('finds its place after a pause of hours as if it had counted', () => {
    const hours = 7 * 3600_000;
    const [, after] = send({ opportunitiesMs: [4, 7, 10] }, [
      [0, FULL],
      [hours + 5, FULL],
    ]);
    expect(after).toBe(hours + 7);
  });

  it('has the rate of its trace: 2 Mbit/s is 1500 bytes every 6 ms', () => {
    const sent = Array.from({ length: 1000 }, () => [0, FULL] as const);
    const times = send({ opportunitiesMs: [6], queueBytes: 10_000_000 }, sent);
    expect(times.at(-1)).toBe(6000);
  });
});

describe('the queue before a link', () => {
  const burst = Array.from({ length: 100 }, () => [0, FULL] as const);

  it('drops what finds it full, by bytes', () => {
    const times = send({ opportunitiesMs: [10], queueBytes: 15_000 }, burst);
    expect(times.filter((ms) => ms !== undefined)).toEqual([
      10, 20, 30, 40, 50, 60, 70, 80, 90, 100,
    ]);
  });

  it('drops what finds it full, by packets', () => {
    const small = burst.map(([ms]) => [ms, 50] as const);
    const times = send({ opportunitiesMs: [10], queuePackets: 7 }, small);
    expect(times.filter((ms) => ms !== undefined)).toHaveLength(7);
  });

  it('takes more as soon as some are out', () => {
    const late = [...burst, [10, FULL], [10, FULL]] as const;
    const times = send({ opportunitiesMs: [10], queueBytes: 3000 }, late);
    expect(times.slice(0, 3)).toEqual([10, 20, undefined]);
    expect(times.slice(-2)).toEqual([30, undefined]);
  });

  it.each([1, 2, 3])('drops the share that is too much (seed %d)', (seed) => {
    const link: LinkSettings = {
      opportunitiesMs: [6],
      queuePackets: 42,
      crossTraffic: { rateBps: 2_500_000, meanBurstMs: 3_600_000, meanPauseMs: 1 },
    };
    const network = new Network({ seed, link });
    const random = new Random(seed);
    let sentUs = 0;
    const delays = Array.from({ length: 60_000 }, () => {
      // At any moment: a steady sender meets the queue in the moments after its own packets, when it is fuller or emptier.
      sentUs += Math.round(-Math.log(1 - random.uniform()) * 20_000);
      const [us] = network.send(sentUs, 60);
      return us === undefined ? undefined : (us - sentUs) / 1000;
    }).slice(500);
    // 312.5 kB/s and 4.4 kB/s come, 250 kB/s leave: 21.1 % finds the queue full. A state of it lasts for some ten packets.
    const lost = delays.filter((ms) => ms === undefined).length / delays.length;
    expect(Math.abs(lost - 0.211)).toBeLessThan(0.02);
    const waits = delays.flatMap((ms) => (ms === undefined ? [] : [ms]));
    expect(waits.reduce((most, ms) => Math.max(most, ms), 0)).toBeLessThanOrEqual(42 * 6);
    expect(waits.sort((a, b) => a - b)[waits.length >> 1]).toBeGreaterThan(180); // a fifth of the places holds small packets
  });

  it('leaves a path without cross traffic alone between bursts', () => {
    const link: LinkSettings = {
      opportunitiesMs: [1],
      crossTraffic: { rateBps: 20_000_000, meanBurstMs: 500, meanPauseMs: 5000 },
    };
    const network = new Network({ seed: 5, link });
    const delays = Array.from(
      { length: 50_000 },
      (_, i) => (network.send(i * 20_000, 60)[0] ?? Number.NaN) / 1000 - i * 20,
    );
    const quiet = delays.filter((ms) => ms <= 1).length / delays.length;
    expect(quiet).toBeGreaterThan(0.6);
    expect(quiet).toBeLessThan(0.97);
  });
});

describe('a trace in Mahimahi’s format', () => {
  it('is a whole number of ms a line', () => {
    expect(parseMahimahi('0\n5\r\n5\n12', 't')).toEqual([0, 5, 5, 12]);
  });

  it.each([
    ['', /^t, line 0: the trace is over before it began/],
    ['0\n0\n', /^t, line 2: the trace is over/],
    ['5\n\n7\n', /^t, line 2: "" is no whole number/],
    ['5\n-7\n', /^t, line 2: "-7" is no whole number/],
    ['5\nNaN\n', /^t, line 2: "NaN"/],
    ['5\n1e9\n', /^t, line 2: "1e9"/],
    ['9\n5\n', /^t, line 2: 5 ms stands behind 9 ms/],
    ['99999999999\n', /^t, line 1: .* is no whole number of ms in a day/],
    ['x'.repeat(1_000_000), /^t, line 1: "x{40}" is no/],
    ['1\n'.repeat(1_000_001), /^t, line 1000001: more than 1000000/],
  ])('is refused with the line: %#', (text, message) => {
    expect(() => parseMahimahi(text, 't')).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_CAPTURE',
        message: expect.stringMatching(message),
      }),
    );
  });
});

describe('settings of a link out of range are refused', () => {
  it.each([
    [{ opportunitiesMs: [] }, /last of link\.opportunitiesMs/],
    [{ opportunitiesMs: [0, 0] }, /last of link\.opportunitiesMs/],
    [{ opportunitiesMs: [5, 3] }, /link\.opportunitiesMs .* 5\.\./],
    [{ opportunitiesMs: [Number.NaN] }, /link\.opportunitiesMs/],
    [{ opportunitiesMs: 6 }, /link\.opportunitiesMs to be a list/],
    [{ opportunitiesMs: [6], queueBytes: 10 }, /link\.queueBytes/],
    [{ opportunitiesMs: [6], queuePackets: 0 }, /link\.queuePackets/],
    [
      { opportunitiesMs: [6], crossTraffic: { rateBps: 1e12, meanBurstMs: 1, meanPauseMs: 1 } },
      /rateBps/,
    ],
    [{ opportunitiesMs: [6], rate: 5 }, /Unknown option rate of link/],
  ])('%j', (link, message) => {
    expect(() => new Network({ seed: 1, link: link as LinkSettings })).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_OPTION',
        message: expect.stringMatching(message),
      }),
    );
  });
});
