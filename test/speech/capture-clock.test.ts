import { expect, it } from 'vitest';
import { CaptureClock } from '../../src/capture-clock.js';
import { type AudioFrame, buildRtp } from '../../src/index.js';

const FRAME_US = 20_000;
const FRAME_TICKS = 960;
const FIRST_TIMESTAMP = 0xffff_fc00;
/** The sender's wall clock minus the receiver's monotonic one, µs. */
const EPOCH_US = 1_700_000_000_000_000;

/** Sends frame `i`, captured from `i * 20 ms` on, over a path of `transitUs`. */
function send(clock: CaptureClock, i: number, transitUs: number, ssrc = 1): void {
  const arrivalUs = (i + 1) * FRAME_US + transitUs;
  const timestamp = (FIRST_TIMESTAMP + i * FRAME_TICKS) % 2 ** 32;
  const data = buildRtp(
    { payloadType: 111, sequenceNumber: i, timestamp, ssrc },
    Uint8Array.of(0x78),
  );
  clock.notePackets([{ data, arrivalUs }]);
  clock.noteFrame({
    arrivalUs,
    provenance: 'received',
    mediaTicks: i * FRAME_TICKS,
    durationTicks: FRAME_TICKS,
  } as AudioFrame);
}

it('knows nothing before a report, and the capture time of every sample after it', () => {
  const clock = new CaptureClock();
  send(clock, 0, 30_000);
  expect(clock.captureTimeUs(0)).toBeUndefined();

  // The first sample of frame 50 was captured at 1 s; the report travelled 30 ms, half of the round trip.
  clock.report({
    ssrc: 1,
    ntpUnixUs: EPOCH_US + 50 * FRAME_US,
    rtpTimestamp: (FIRST_TIMESTAMP + 50 * FRAME_TICKS) % 2 ** 32,
    arrivalUs: 50 * FRAME_US + 30_000,
    rttUs: 60_000,
  });
  send(clock, 51, 30_000);

  expect(clock.captureTimeUs(0)).toBe(0);
  expect(clock.captureTimeUs(100 * FRAME_TICKS)).toBe(100 * FRAME_US);
});

it('takes back the frame by which a browser stamps its reports late', () => {
  const clock = new CaptureClock();
  send(clock, 0, 0);
  // Pairs the first sample of frame 50 with the time at which the whole frame was sent.
  clock.report({
    ssrc: 1,
    ntpUnixUs: EPOCH_US + 51 * FRAME_US,
    rtpTimestamp: (FIRST_TIMESTAMP + 50 * FRAME_TICKS) % 2 ** 32,
    arrivalUs: 51 * FRAME_US,
    rttUs: 0,
  });
  for (let i = 51; i < 60; i++) send(clock, i, 5_000 * (i % 3));

  // The quickest frames took no time at all: their last sample was captured when they came.
  expect(clock.captureTimeUs(60 * FRAME_TICKS)).toBe(60 * FRAME_US);
});

it('measures each sender by its own reports, and none by one without a round trip', () => {
  const clock = new CaptureClock();
  const report = {
    ntpUnixUs: EPOCH_US + 50 * FRAME_US,
    rtpTimestamp: (FIRST_TIMESTAMP + 50 * FRAME_TICKS) % 2 ** 32,
    arrivalUs: 50 * FRAME_US,
    rttUs: 0,
  };
  send(clock, 0, 0);
  clock.report({ ...report, ssrc: 1, rttUs: undefined });
  expect(clock.captureTimeUs(0)).toBeUndefined();
  clock.report({ ...report, ssrc: 2, ntpUnixUs: EPOCH_US + 3_600_000_000 });
  expect(clock.captureTimeUs(0)).toBeUndefined();
  clock.report({ ...report, ssrc: 1 });
  expect(clock.captureTimeUs(0)).toBe(0);

  // The other one's wall clock is an hour ahead; both are the receiver's time here.
  send(clock, 51, 10_000, 2);
  expect(clock.captureTimeUs(51 * FRAME_TICKS)).toBe(51 * FRAME_US);
});

it('forgets senders that were not heard of for long', () => {
  const clock = new CaptureClock();
  send(clock, 0, 0);
  const report = { ntpUnixUs: EPOCH_US, rtpTimestamp: FIRST_TIMESTAMP, arrivalUs: 0, rttUs: 0 };
  for (const ssrc of [1, 2, 3, 4]) clock.report({ ...report, ssrc });
  expect(clock.captureTimeUs(0)).toBe(0);
  clock.report({ ...report, ssrc: 5 });
  expect(clock.captureTimeUs(0)).toBeUndefined();
});
