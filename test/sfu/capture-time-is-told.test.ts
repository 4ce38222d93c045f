import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Metrics } from '../../sfu/metrics.js';
import type { RoomEvent } from '../../sfu/room-events.js';
import { ABS_CAPTURE_TIME } from '../../sfu/sdp-offer.js';
import { SpeechStream } from '../../sfu/speech-stream.js';
import { buildRtp, systemClock } from '../../src/index.js';
import { EventFeed } from './helpers/event-feed.js';
import { FakeRecognizer } from './helpers/fake-recognizer.js';
import { Publisher } from './helpers/publisher.js';
import { startServer } from './helpers/server.js';
import { fixturePackets } from './helpers/speech.js';
import { until } from './helpers/until.js';
import { postOffer } from './helpers/whip-client.js';

const SPOKEN_MS = 800;
/** 2026-01-01 00:00:00.5, seconds since 1900 with their fraction, and ms since 1970. */
const NTP_TIME = (3_976_214_400n << 32n) | 0x8000_0000n;
const CAPTURED_UNIX_MS = 1_767_225_600_500;

/** The 8-byte form, and the 16-byte one with the capture clock 3 s ahead of the sender's. */
const SHORT = Buffer.alloc(8);
SHORT.writeBigUInt64BE(NTP_TIME);
const LONG = Buffer.alloc(16);
LONG.writeBigUInt64BE(NTP_TIME);
LONG.writeBigInt64BE(3n << 32n, 8);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A peer that is connected, and a watcher of its room. */
async function connect(edit: (sdp: string) => string = (sdp) => sdp) {
  const server = await startServer();
  const feed = await EventFeed.events(server.url, 'a-room');
  const publisher = new Publisher();
  open.push(server, feed, publisher);
  const answered = await postOffer(server.url, 'a-room', edit(await publisher.offer()));
  const resource = new URL(answered.headers.get('location') ?? '', server.url);
  const answerSdp = await answered.text();
  await publisher.connect(answerSdp);
  return { feed, publisher, resource, answerSdp };
}

/** Speaks through WHIP, ICE, DTLS and SRTP; the first packet carries `payload` under the number of the answer. */
async function speakWithCaptureTime(payload: Uint8Array, edit?: (sdp: string) => string) {
  const { feed, publisher, resource, answerSdp } = await connect(edit);
  const lines = answerSdp.split('\r\n').filter((line) => line.endsWith(` ${ABS_CAPTURE_TIME}`));
  const [id = 5] = lines.map((line) => Number(/^a=extmap:(\d+) /.exec(line)?.[1]));
  for (const [index, opus] of (await fixturePackets(SPOKEN_MS)).entries()) {
    await publisher.send({
      sequenceNumber: index,
      timestamp: index * 960,
      payload: opus,
      extensions: index === 0 ? [{ id, payload }] : [],
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await fetch(resource, { method: 'DELETE' });
  await feed.first('participant-left');
  return { lines, feed, frames: feed.of('frames').flatMap(({ frames }) => frames) };
}

describe('abs-capture-time', () => {
  it.each([
    ['8 bytes', SHORT],
    ['16 bytes', LONG],
  ])('of %s in one packet dates every frame and every word', async (_form, payload) => {
    const { feed, frames } = await speakWithCaptureTime(payload);
    const last = feed.of('transcript').at(-1);

    expect(frames.length).toBeGreaterThanOrEqual(SPOKEN_MS / 20);
    for (const { startMs, captureUnixMs } of frames) {
      expect(captureUnixMs).toBe(CAPTURED_UNIX_MS + startMs);
    }
    expect(last?.captureUnixMs).toBe(CAPTURED_UNIX_MS + (last?.startMs ?? Number.NaN));
    expect(last?.words.length).toBe(SPOKEN_MS / 200);
    for (const { startMs, captureUnixMs } of last?.words ?? []) {
      expect(captureUnixMs).toBe(CAPTURED_UNIX_MS + startMs);
    }
  });

  it('is read under the number that the peer gave it', async () => {
    const { lines, frames } = await speakWithCaptureTime(SHORT, (sdp) =>
      sdp.replace(/a=extmap:\d+( \S+abs-capture-time)/, 'a=extmap:11$1'),
    );

    expect(lines).toEqual([`a=extmap:11 ${ABS_CAPTURE_TIME}`]);
    expect(frames[0]?.captureUnixMs).toBe(CAPTURED_UNIX_MS + (frames[0]?.startMs ?? 0));
  });

  it.each([
    ['names it not', ''],
    ['only wants to receive it', 'a=extmap:5/recvonly $1\r\n'],
  ])('is not read where the offer %s', async (_how, line) => {
    const { lines, frames } = await speakWithCaptureTime(SHORT, (sdp) =>
      sdp.replace(/a=extmap:\d+ (\S+abs-capture-time)\r\n/, line),
    );

    expect(lines).toEqual([]);
    // The sender's reports, where one came in time, tell its real clock, years later or earlier than the packet said.
    for (const { startMs, captureUnixMs } of frames) {
      const offMs = (captureUnixMs ?? Number.POSITIVE_INFINITY) - (CAPTURED_UNIX_MS + startMs);
      expect(Math.abs(offMs)).toBeGreaterThan(1000);
    }
  });
});

describe('sender reports', () => {
  it('date frames where packets carry no capture time', async () => {
    const { feed, publisher } = await connect();
    const [opus = Buffer.alloc(0)] = await fixturePackets(20);

    let index = 0;
    const dated = () =>
      feed
        .of('frames')
        .flatMap(({ frames }) => frames)
        .find(({ captureUnixMs }) => captureUnixMs !== undefined);
    await until(async () => {
      await publisher.send({ sequenceNumber: index, timestamp: index * 960, payload: opus });
      index += 1;
      return dated() !== undefined;
    });

    expect(Math.abs((dated()?.captureUnixMs ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  it('that come while the recognizer opens are not lost', async () => {
    const metrics = new Metrics();
    onTestFinished(() => metrics.close());
    let openNow = (): void => undefined;
    const opening = new Promise<void>((resolve) => {
      openNow = resolve;
    });
    const fake = new FakeRecognizer();
    const events: RoomEvent[] = [];
    const stream = new SpeechStream({
      participant: 'p',
      recognizer: {
        name: fake.name,
        capabilities: fake.capabilities,
        open: async () => {
          await opening;
          return fake.open();
        },
        close: () => fake.close(),
      },
      language: undefined,
      deadlineMs: 50,
      budgetMs: 150,
      metrics,
      clock: systemClock,
      publish: (event) => events.push(event),
      terms: { requestPackets: undefined, captureTimeExtension: undefined },
    });
    const ssrc = 7;
    const arrivalUs = systemClock.nowUs();

    stream.senderReport({ ssrc, ntpUnixUs: CAPTURED_UNIX_MS * 1000, rtpTimestamp: 0, arrivalUs });
    for (const [index, opus] of (await fixturePackets(100)).entries()) {
      const header = { payloadType: 96, sequenceNumber: index, timestamp: index * 960, ssrc };
      stream.packet({ data: buildRtp(header, opus), arrivalUs: arrivalUs + index * 20_000, ssrc });
    }
    openNow();
    await stream.close();

    const frames = events.flatMap((event) => (event.type === 'frames' ? event.frames : []));
    expect(frames.length).toBeGreaterThanOrEqual(5);
    for (const { startMs, captureUnixMs } of frames) {
      expect(captureUnixMs).toBe(CAPTURED_UNIX_MS + startMs);
    }
  });
});
