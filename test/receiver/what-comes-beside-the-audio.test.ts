import { describe, expect, it } from 'vitest';
import type { AudioFrame, RtpArrival, SenderReportTimes } from '../../src/index.js';
import { buildRtp, Receiver, ReceiverPool } from '../../src/index.js';
import { type PcmCodec, pcmCall } from '../helpers/pcm-call.js';
import { spokenPackets } from '../helpers/rtp-call.js';

const PCMU: PcmCodec = { rtpmap: 'PCMU/8000', payloadType: 0 };
const CODECS = { 0: 'PCMU/8000', 8: 'PCMA/8000', 101: 'telephone-event/8000' };
/** 2026-01-01, seconds since 1900 and since 1970. */
const NTP_SECONDS = 3_976_214_400;
const UNIX_US = 1_767_225_600_000_000;
const CLOSED = expect.objectContaining({ code: 'EARSHOT_CLOSED' });
const BAD_OPTION = expect.objectContaining({ code: 'EARSHOT_BAD_OPTION' });
const BAD_ARGUMENT = expect.objectContaining({ code: 'EARSHOT_BAD_ARGUMENT' });

function arrivals(frames: number, firstSequenceNumber = 0): RtpArrival[] {
  return pcmCall(PCMU, frames, { firstSequenceNumber }).map(({ atUs, data }) => ({
    data,
    arrivalUs: atUs,
  }));
}

/** Of the key `event`, `durationSamples` long so far. */
function keyPacket(
  sequenceNumber: number,
  event: number,
  durationSamples: number,
  end: 'ends' | 'goes on',
): Uint8Array {
  const header = { payloadType: 101, sequenceNumber, timestamp: 1600, ssrc: 5 };
  const flags = (end === 'ends' ? 0x80 : 0) | 13;
  return buildRtp(
    header,
    Uint8Array.of(event, flags, durationSamples >> 8, durationSamples & 0xff),
  );
}

describe('codecs', () => {
  it('of one call may change, and every packet is played', () => {
    const receiver = new Receiver({ codecs: CODECS });
    const first = pcmCall(PCMU, 10);
    const second = pcmCall({ rtpmap: 'PCMA/8000', payloadType: 8 }, 10, {
      firstSequenceNumber: 10,
      startMs: 200,
    });
    const frames: AudioFrame[] = [];
    for (const { data, atUs } of [...first, ...second]) {
      receiver.push([{ data, arrivalUs: atUs }]);
      frames.push(...receiver.poll(atUs));
    }
    expect(frames.map(({ mediaTicks }) => mediaTicks)).toEqual(frames.map((_, i) => 960 * i));
    expect(new Set(frames.map(({ provenance }) => provenance))).toEqual(new Set(['received']));
    expect(receiver.stats()).toMatchObject({ packetsReceived: 20, packetsLost: 0 });
  });

  it('that were not named are counted and left out', () => {
    const receiver = new Receiver({ codecs: { 8: 'PCMA/8000' } });
    receiver.push(arrivals(5));
    expect(receiver.poll(1_000_000)).toEqual([]);
    expect(receiver.stats()).toMatchObject({ packetsOtherPayload: 5, packetsReceived: 0 });
  });

  it('may be written in any case, as in SDP', () => {
    const receiver = new Receiver({ codecs: { 0: 'pcmu/8000/1' } });
    receiver.push(arrivals(5));
    expect(receiver.poll(100_000)).toHaveLength(5);
  });
});

describe('telephone events', () => {
  it('come once when the key goes down and once when it comes up, and never as audio', () => {
    const receiver = new Receiver({ codecs: CODECS });
    receiver.push(arrivals(10));
    expect(receiver.telephoneEvents(200_000)).toEqual([]);
    for (let i = 0; i < 3; i++) {
      const data = keyPacket(10 + i, 11, 160 * (i + 1), 'goes on');
      receiver.push([{ data, arrivalUs: 220_000 + 20_000 * i }]);
    }
    const begun = { event: 11, levelDbm0: -13, mediaTicks: 9600 };
    expect(receiver.telephoneEvents(260_000)).toEqual([
      { ...begun, hasEnded: false, durationTicks: 960 },
    ]);
    for (let i = 0; i < 3; i++) {
      receiver.push([{ data: keyPacket(13 + i, 11, 640, 'ends'), arrivalUs: 280_000 }]);
    }
    expect(receiver.telephoneEvents(280_000)).toEqual([
      { ...begun, hasEnded: true, durationTicks: 3840 },
    ]);
    expect(receiver.telephoneEvents(5_000_000)).toEqual([]);
    expect(receiver.poll(280_000).reduce((sum, frame) => sum + frame.durationTicks, 0)).toBe(9600);
    expect(receiver.stats()).toMatchObject({ packetsReceived: 16, packetsLost: 0 });
  });

  it('that nobody takes make way for newer ones', () => {
    const receiver = new Receiver({ codecs: CODECS });
    for (let key = 0; key < 12; key++) {
      const header = {
        payloadType: 101,
        sequenceNumber: key,
        timestamp: 4000 * key,
        ssrc: 5,
      };
      const data = buildRtp(header, Uint8Array.of(key, 0x8a, 3, 0x20));
      receiver.push([{ data, arrivalUs: 500_000 * key }]);
    }
    const events = receiver.telephoneEvents(6_000_000);
    expect(events.map(({ event }) => event)).toEqual(
      [4, 5, 6, 7, 8, 9, 10, 11].flatMap((key) => [key, key]),
    );
  });

  it('are taken from an open receiver, at a time', () => {
    const receiver = new Receiver();
    expect(() => receiver.telephoneEvents(-1)).toThrow(BAD_ARGUMENT);
    expect(() => receiver.telephoneEvents(0.5)).toThrow(BAD_ARGUMENT);
    receiver.close();
    expect(() => receiver.telephoneEvents(0)).toThrow(CLOSED);
  });
});

describe('requests for missing packets', () => {
  const withHole = arrivals(10, 65_530).filter((_, i) => i !== 5 && i !== 6);

  it('are none before the round trip is known', () => {
    const receiver = new Receiver({ codecs: CODECS });
    receiver.push(withHole);
    expect(receiver.nackRequests(200_000)).toEqual([]);
  });

  it('name what is missing, twice at the most, and until when it is of use', () => {
    const receiver = new Receiver({ codecs: CODECS });
    receiver.setRoundTrip(40);
    receiver.push(withHole);
    // The eighth packet, at 160 ms, showed it; 150 ms to the deadline and a second for repairs.
    const requests = [
      { sequenceNumber: 65_535, untilUs: 1_310_000 },
      { sequenceNumber: 0, untilUs: 1_310_000 },
    ];
    expect(receiver.nackRequests(169_999)).toEqual([]);
    expect(receiver.nextWakeup()).toBeLessThanOrEqual(170_000);
    expect(receiver.nackRequests(170_000)).toEqual(requests);
    expect(receiver.nackRequests(170_000)).toEqual([]);
    expect(receiver.nackRequests(230_000)).toEqual(requests);
    expect(receiver.nackRequests(1_000_000)).toEqual([]);
  });

  it('end when the packet comes, and never begin when it could not', () => {
    const receiver = new Receiver({ codecs: CODECS });
    receiver.setRoundTrip(40);
    receiver.push(withHole);
    receiver.push([{ ...(arrivals(10, 65_530)[5] as RtpArrival), arrivalUs: 205_000 }]);
    expect(receiver.nackRequests(210_000).map(({ sequenceNumber }) => sequenceNumber)).toEqual([0]);

    const far = new Receiver({ codecs: CODECS });
    far.setRoundTrip(2000);
    far.push(withHole);
    expect(far.nackRequests(210_000)).toEqual([]);
  });

  it('need a round trip that can be one', () => {
    const receiver = new Receiver();
    for (const rttMs of [0, -5, 10_001, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => receiver.setRoundTrip(rttMs)).toThrow(BAD_OPTION);
    }
    expect(() => receiver.setRoundTrip('40' as unknown as number)).toThrow(BAD_OPTION);
    expect(() => receiver.nackRequests(Number.NaN)).toThrow(BAD_ARGUMENT);
    receiver.close();
    expect(() => receiver.setRoundTrip(40)).toThrow(CLOSED);
    expect(() => receiver.nackRequests(0)).toThrow(CLOSED);
  });
});

describe('the time of capture', () => {
  it('is unknown until the sender tells', () => {
    const receiver = new Receiver({ codecs: CODECS });
    receiver.push(arrivals(3));
    for (const { captureUnixUs } of receiver.poll(60_000)) expect(captureUnixUs).toBeUndefined();
  });

  it('follows a sender report at the clock rate of the codec', () => {
    const receiver = new Receiver({ codecs: CODECS });
    receiver.push(arrivals(1));
    // 100 ms behind the first sample it was a quarter past the second.
    receiver.senderReport({
      ssrc: 5,
      ntpSeconds: NTP_SECONDS,
      ntpFraction: 2 ** 30,
      rtpTimestamp: 800,
    });
    receiver.push(arrivals(10).slice(1));
    const frames = receiver.poll(200_000);
    expect(frames).toHaveLength(10);
    for (const { captureUnixUs, mediaTicks } of frames) {
      expect(captureUnixUs).toBe(UNIX_US + 150_000 + (mediaTicks * 1000) / 48);
    }
  });

  it('places a new SSRC where the sender reports of both are known, in a receiver and in a pool', () => {
    const [first, second] = [spokenPackets(400), spokenPackets(400)].map((packets, i) =>
      packets.map(({ data, arrivalUs }) => {
        const copy = Uint8Array.from(data);
        copy[11] = 7 + i;
        // The second one was held back by 60 ms, after 600 ms of silence.
        return { data: copy, arrivalUs: arrivalUs + i * 1_060_000 };
      }),
    ) as [RtpArrival[], RtpArrival[]];
    const reports = [
      { ssrc: 7, ntpSeconds: NTP_SECONDS, ntpFraction: 0, rtpTimestamp: 0 },
      { ssrc: 8, ntpSeconds: NTP_SECONDS + 1, ntpFraction: 0, rtpTimestamp: 0 },
    ];
    for (const [known, lastMs] of [
      [2, 1380],
      [1, 1440],
    ]) {
      const receiver = new Receiver();
      const pool = new ReceiverPool();
      const stream = pool.add();
      for (const report of reports.slice(0, known)) {
        receiver.senderReport(report);
        pool.senderReport(stream, report);
      }
      const frames: AudioFrame[] = [];
      const pooledTicks: number[] = [];
      for (const packet of [...first, ...second]) {
        receiver.push([packet]);
        frames.push(...receiver.poll(packet.arrivalUs));
        pool.push([{ ...packet, stream }]);
        pool.drain(packet.arrivalUs, (_, { mediaTicks }) => pooledTicks.push(mediaTicks));
      }
      expect((frames.at(-1)?.mediaTicks ?? 0) / 48).toBe(lastMs);
      expect(pooledTicks).toEqual(frames.map(({ mediaTicks }) => mediaTicks));
      pool.close();
      expect(() => pool.senderReport(stream, reports[0] as SenderReportTimes)).toThrow(CLOSED);
    }
  });

  it('is that of abs-capture-time where packets carry it', () => {
    const receiver = new Receiver({ captureTimeExtension: 3 });
    const packets = spokenPackets(200).map(({ data, arrivalUs }) => ({ data, arrivalUs }));
    const [first, ...others] = packets as [RtpArrival, ...RtpArrival[]];
    const extension = Buffer.alloc(16);
    extension.writeUInt16BE(0xbede, 0);
    extension.writeUInt16BE(3, 2);
    extension[4] = (3 << 4) | 7;
    extension.writeUInt32BE(NTP_SECONDS, 5);
    const data = Buffer.concat([first.data.subarray(0, 12), extension, first.data.subarray(12)]);
    data[0] = 0x90;
    receiver.push([{ data, arrivalUs: first.arrivalUs }]);
    receiver.senderReport({
      ssrc: first.data[11] as number,
      ntpSeconds: NTP_SECONDS + 9,
      ntpFraction: 0,
      rtpTimestamp: 0,
    });
    receiver.push(others);
    const frames = receiver.poll(200_000);
    expect(frames).toHaveLength(10);
    for (const { captureUnixUs, mediaTicks } of frames) {
      expect(captureUnixUs).toBe(UNIX_US + (mediaTicks * 1000) / 48);
    }
  });

  it('is refused where a field is out of its 32 bits', () => {
    const receiver = new Receiver();
    const report = { ssrc: 1, ntpSeconds: 1, ntpFraction: 1, rtpTimestamp: 1 };
    for (const name of ['ssrc', 'ntpSeconds', 'ntpFraction', 'rtpTimestamp']) {
      for (const value of [-1, 2 ** 32, Number.NaN]) {
        expect(() => receiver.senderReport({ ...report, [name]: value })).toThrow(BAD_OPTION);
        expect(() => receiver.senderReport({ ...report, [name]: value })).toThrow(name);
      }
    }
    receiver.close();
    expect(() => receiver.senderReport(report)).toThrow(CLOSED);
  });
});
