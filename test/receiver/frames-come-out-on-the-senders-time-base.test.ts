import { describe, expect, it } from 'vitest';
import type { AudioFrame } from '../../src/index.js';
import { EarshotError, OpusDecoder, Receiver, RtpBatch } from '../../src/index.js';
import { frameLines, hear } from '../helpers/hear.js';
import { spokenPackets } from '../helpers/rtp-call.js';

function decodePlainly(payloads: readonly Uint8Array[], sampleRateHz: number): number[] {
  const decoder = new OpusDecoder({ sampleRateHz });
  return payloads.flatMap((payload) => [...decoder.decode(payload)]);
}

describe('Receiver', () => {
  it('gives real speech back as plain decoding does, at every rate', () => {
    const packets = spokenPackets(3000);
    for (const sampleRateHz of [8000, 12_000, 16_000, 24_000, 48_000]) {
      const receiver = new Receiver({ sampleRateHz });
      const frames = packets.flatMap((packet) => {
        receiver.push([packet]);
        return receiver.poll(packet.arrivalUs);
      });
      const heard = frames.flatMap((frame) => [...frame.pcm]);
      const payloads = packets.map(({ payload }) => payload);
      expect(heard).toEqual(decodePlainly(payloads, sampleRateHz));
    }
  });

  it('takes a batch of any size in one push', () => {
    const packets = spokenPackets(10_000);
    const receiver = new Receiver();
    receiver.push(packets);
    const frames = receiver.poll(packets.at(-1)?.arrivalUs ?? 0);
    expect(frames).toHaveLength(500);
    expect(frames.map(({ mediaTicks }) => mediaTicks)).toEqual(packets.map((_, i) => i * 960));
  });

  it('hands out PCM that later polls do not touch', () => {
    const packets = spokenPackets(2000);
    const receiver = new Receiver();
    const kept: { frame: AudioFrame; copy: number[] }[] = [];
    for (const packet of packets) {
      receiver.push([packet]);
      for (const frame of receiver.poll(packet.arrivalUs)) {
        kept.push({ frame, copy: [...frame.pcm] });
      }
    }
    for (const { frame, copy } of kept) expect([...frame.pcm]).toEqual(copy);
  });

  it('wakes at the deadline of a lost frame and labels what it made up', () => {
    const packets = spokenPackets(4000);
    const lost = 100;
    const receiver = new Receiver({ deadlineMs: 80 });
    const frames: AudioFrame[] = [];
    for (const packet of packets.slice(0, 104).filter((_, i) => i !== lost)) {
      receiver.push([packet]);
      frames.push(...receiver.poll(packet.arrivalUs));
    }
    const dueUs = (packets[lost]?.arrivalUs ?? 0) + 80_000;
    expect(receiver.nextWakeup()).toBe(dueUs);
    expect(receiver.poll(dueUs - 1)).toEqual([]);
    const [made, ...waited] = receiver.poll(dueUs);
    expect(made).toMatchObject({
      provenance: 'plc',
      mediaTicks: lost * 960,
      latencyUs: 80_000,
      lossRunMs: 20,
      arrivalUs: undefined,
      missedDeadline: false,
    });
    expect(waited.map(({ provenance }) => provenance)).toEqual([
      'received',
      'received',
      'received',
    ]);
  });

  it('runs packets in their own time as polls at every arrival and wakeup would', () => {
    const packets = spokenPackets(8000, { fec: 'on' })
      .filter((_, i) => i % 7 !== 3 && i % 31 > 2)
      .map(({ data, arrivalUs }, i) => ({
        data,
        arrivalUs: arrivalUs + (i % 11 === 5 ? 35_000 : 0),
      }))
      .sort((a, b) => a.arrivalUs - b.arrivalUs);
    const polled = hear(packets, { deadlineMs: 80 });

    const receiver = new Receiver({ deadlineMs: 80 });
    const frames: AudioFrame[] = [];
    const keep = (frame: AudioFrame): void => {
      frames.push({ ...frame, pcm: frame.pcm.slice() });
    };
    receiver.run(RtpBatch.of(packets.slice(0, 3)), keep);
    receiver.run(RtpBatch.of([]), keep);
    receiver.run(RtpBatch.of(packets.slice(3)), keep);
    receiver.drain(packets.at(-1)?.arrivalUs ?? 0, keep);
    receiver.end();
    receiver.drain(packets.at(-1)?.arrivalUs ?? 0, keep);

    expect(polled.stats.provenanceMs.plc).toBeGreaterThan(0);
    expect(polled.stats.repairedMs).toBeGreaterThan(0);
    expect(frameLines(frames)).toEqual(frameLines(polled.frames));
    expect(receiver.stats()).toEqual(polled.stats);
  });

  it('stops running where its caller closes it', () => {
    const receiver = new Receiver();
    const packets = spokenPackets(4000);
    let shown = 0;
    const closeAtFirst = (): void => {
      shown++;
      receiver.close();
    };
    expect(() => receiver.run(RtpBatch.of(packets), closeAtFirst)).toThrowError(
      expect.objectContaining({ code: 'EARSHOT_CLOSED' }),
    );
    expect(shown).toBeGreaterThan(0);
  });

  it('counts in the names and units of W3C webrtc-stats', () => {
    const packets = spokenPackets(2000, { fec: 'on' }).filter((_, i) => i % 10 !== 9);
    const receiver = new Receiver();
    for (const packet of packets) {
      receiver.push([packet, packet]);
      receiver.poll(packet.arrivalUs);
    }
    receiver.end();
    receiver.poll(packets.at(-1)?.arrivalUs ?? 0);
    const { webrtcStats, ...stats } = receiver.stats();
    expect(stats).toMatchObject({ packetsReceived: 90, packetsDuplicate: 90, packetsLost: 9 });
    expect(stats.emittedMs).toBe(99 * 20);
    expect(stats.provenanceMs.fec + stats.provenanceMs.plc).toBe(9 * 20);
    expect(webrtcStats).toMatchObject({
      packetsReceived: 180,
      packetsLost: 9,
      totalSamplesReceived: 99 * 320,
      totalSamplesDuration: 1.98,
      concealedSamples: stats.provenanceMs.plc * 16,
    });
    expect(webrtcStats.jitterBufferDelay).toBeGreaterThan(0);
  });

  it('counts the stalls of its host, and takes none of them for jitter', () => {
    const stamped = (readUs: (arrivalUs: number) => number): Receiver => {
      const receiver = new Receiver();
      for (const { data, arrivalUs } of spokenPackets(1000)) {
        receiver.push([{ data, arrivalUs: readUs(arrivalUs) }]);
        if (readUs(arrivalUs) === arrivalUs) receiver.poll(arrivalUs);
      }
      return receiver;
    };
    const calm = stamped((arrivalUs) => arrivalUs);
    // Asleep from 410 to 790 ms.
    const stalled = stamped((arrivalUs) =>
      arrivalUs > 410_000 ? Math.max(790_000, arrivalUs) : arrivalUs,
    );
    expect(calm.stats()).toMatchObject({ hostStalls: 0, jitterMs: 0 });
    expect(stalled.stats()).toMatchObject({ hostStalls: 1, jitterMs: 0, packetsReceived: 50 });
  });

  it('refuses use after close, and closes twice', () => {
    const receiver = new Receiver();
    receiver.close();
    receiver.close();
    for (const use of [
      () => receiver.push([]),
      () => receiver.run(RtpBatch.of(spokenPackets(100)), () => {}),
      () => receiver.poll(0),
      () => receiver.nextWakeup(),
      () => receiver.stats(),
      () => receiver.end(),
    ]) {
      expect(use).toThrowError(expect.objectContaining({ code: 'EARSHOT_CLOSED' }));
    }
  });

  it('refuses times that are no integer µs, with the value', () => {
    const receiver = new Receiver();
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53, '7']) {
      const nowUs = bad as number;
      expect(() => receiver.poll(nowUs)).toThrowError(EarshotError);
      expect(() => receiver.poll(nowUs)).toThrowError(String(bad));
      expect(() => receiver.push([{ data: new Uint8Array(12), arrivalUs: nowUs }])).toThrowError(
        expect.objectContaining({ code: 'EARSHOT_BAD_ARGUMENT' }),
      );
    }
  });
});
