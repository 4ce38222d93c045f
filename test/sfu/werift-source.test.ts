import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import type { RtpBackend, SenderReport, SourceEnd, SourcePacket } from '../../sfu/rtp-source.js';
import { parseAudioOffer } from '../../sfu/sdp-offer.js';
import { createWeriftBackend } from '../../sfu/werift-source.js';
import { systemClock } from '../../src/index.js';
import { Publisher } from './helpers/publisher.js';
import { until } from './helpers/until.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

function backend(): RtpBackend {
  const made = createWeriftBackend({
    media: { listenAddress: '127.0.0.1', announcedAddress: undefined, ports: undefined },
    connectTimeoutMs: 10_000,
    clock: systemClock,
  });
  open.push(made);
  return made;
}

interface Heard {
  readonly packets: SourcePacket[];
  readonly reports: SenderReport[];
  readonly ends: SourceEnd[];
}

async function publish(edit: (sdp: string) => string = (sdp) => sdp) {
  const heard: Heard = { packets: [], reports: [], ends: [] };
  const publisher = new Publisher();
  open.push(publisher);
  const sdp = edit(await publisher.offer());
  const { answerSdp, source } = await backend().accept(parseAudioOffer(sdp), {
    connected: () => undefined,
    packet: (packet) => heard.packets.push(packet),
    senderReport: (report) => heard.reports.push(report),
    ended: (reason) => heard.ends.push(reason),
  });
  await publisher.connect(answerSdp);
  return { publisher, source, heard, answerSdp };
}

it('hands on whole RTP packets, byte for byte as the sender encrypted them', async () => {
  const { publisher, heard } = await publish();
  const payloads = Array.from({ length: 50 }, (_, index) => randomBytes(1 + index * 7));
  const beforeUs = systemClock.nowUs();

  for (const [index, payload] of payloads.entries()) {
    await publisher.send({ sequenceNumber: index, timestamp: index * 960, payload });
  }
  await until(() => heard.packets.length === payloads.length);

  for (const [index, { data, ssrc, arrivalUs }] of heard.packets.entries()) {
    const packet = Buffer.from(data);
    const headerBytes = 12 + ((packet[0] ?? 0) & 0x10 ? 4 + 4 * packet.readUInt16BE(14) : 0);
    expect((packet[0] ?? 0) >> 6).toBe(2);
    expect(ssrc).toBe(publisher.ssrc);
    expect(packet.readUInt32BE(8)).toBe(publisher.ssrc);
    expect(packet.subarray(headerBytes).equals(payloads[index] ?? Buffer.alloc(0))).toBe(true);
    expect(arrivalUs).toBeGreaterThan(beforeUs);
    expect(Number.isInteger(arrivalUs)).toBe(true);
  }
});

it('answers recvonly and passive, with in-band FEC asked for, RED and transport-cc not', async () => {
  const { answerSdp } = await publish((sdp) =>
    sdp.replace('a=rtcp-mux', 'a=rtpmap:63 red/48000/2\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-mux'),
  );

  expect(answerSdp).toContain('a=recvonly');
  expect(answerSdp).toContain('a=setup:passive');
  expect(answerSdp).toMatch(/a=fmtp:\d+ minptime=10;useinbandfec=1/);
  expect(answerSdp).not.toMatch(/red\/|transport-cc/);
  expect(answerSdp.match(/a=candidate:.*/g)).toEqual([
    expect.stringMatching(/ 1 udp \d+ 127\.0\.0\.1 \d+ typ host/),
  ]);
});

it('forwards sender reports with the NTP time in Unix microseconds', async () => {
  const { publisher, heard } = await publish();

  for (let index = 0; heard.reports.length === 0; index += 1) {
    await publisher.send({
      sequenceNumber: index,
      timestamp: index * 960,
      payload: randomBytes(40),
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  const [report] = heard.reports;
  expect(report?.ssrc).toBe(publisher.ssrc);
  expect(Math.abs((report?.ntpUnixUs ?? 0) - Date.now() * 1000)).toBeLessThan(5_000_000);
});

it.each([
  ['in the offer', (sdp: string) => sdp.replace(/a=candidate:.*\r\n/g, '')],
  [
    'in host names only, as browsers hide them',
    (sdp: string) => sdp.replace(/^(a=candidate:\S+ 1 udp \d+) \S+/gm, '$1 a1b2c3d4.local'),
  ],
])(
  'connects a peer without candidates %s, though it says there are no more',
  async (_how, edit) => {
    const { source } = await publish((sdp) => {
      const edited = edit(sdp);
      expect(edited).toContain('a=end-of-candidates');
      return edited;
    });

    expect(source.rttUs()).toBeGreaterThan(0);
  },
);

it('knows the round-trip time of the path once connected', async () => {
  const { source } = await publish();

  expect(source.rttUs()).toBeGreaterThan(0);
});

it('takes media whose SSRC the offer does not announce, and reports on it', async () => {
  const { publisher, heard } = await publish((sdp) => sdp.replace(/a=ssrc.*\r\n/g, ''));

  let index = 0;
  await until(async () => {
    await publisher.send({
      sequenceNumber: index,
      timestamp: index * 960,
      payload: randomBytes(40),
    });
    index += 1;
    return (await publisher.roundTripsHeard()) > 0;
  });

  expect(heard.packets.length).toBeGreaterThan(0);
});

it('ends once, however often it is closed, and leaves other peers alone', async () => {
  const gone = await publish();
  const kept = await publish();

  await gone.source.close();
  await gone.source.close();

  expect(gone.heard.ends).toEqual(['closed']);
  expect(kept.heard.ends).toEqual([]);
});

// A close_notify in epoch 0, as anybody could forge it: alert, DTLS 1.2, epoch and sequence 0, 2 bytes.
const CLOSE_NOTIFY = Buffer.from('15fefd000000000000000000020100', 'hex');

it('ends when the peer closes DTLS and falls silent', async () => {
  const { publisher, heard } = await publish();

  await publisher.sendDatagram(CLOSE_NOTIFY);
  await until(() => heard.ends.length > 0);

  expect(heard.ends).toEqual(['peer-closed']);
});

it('does not believe a DTLS alert while media goes on', async () => {
  const { publisher, heard } = await publish();

  await publisher.sendDatagram(CLOSE_NOTIFY);
  for (let index = 0; index < 50; index += 1) {
    await publisher.send({
      sequenceNumber: index,
      timestamp: index * 960,
      payload: randomBytes(40),
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  expect(heard.ends).toEqual([]);
  expect(heard.packets.length).toBe(50);
});

it('ends a peer that never connects', async () => {
  const impatient = createWeriftBackend({
    media: { listenAddress: '127.0.0.1', announcedAddress: undefined, ports: undefined },
    connectTimeoutMs: 300,
    clock: systemClock,
  });
  open.push(impatient);
  const publisher = new Publisher();
  open.push(publisher);
  const ends: SourceEnd[] = [];

  await impatient.accept(parseAudioOffer(await publisher.offer()), {
    connected: () => undefined,
    packet: () => undefined,
    senderReport: () => undefined,
    ended: (reason) => ends.push(reason),
  });
  await until(() => ends.length > 0);

  expect(ends).toEqual(['connect-timeout']);
});
