import { createCipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveSrtpKey } from '../../src/capture/srtp-context.js';
import { parseSrtpKey, type SrtpSuite } from '../../src/capture/srtp-key.js';
import { parseRtp } from '../../src/index.js';
import { listStreams, readCapture, replay, writePcap } from '../../src/replay/index.js';
import { type TimedPacket, talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { encrypt, AEAD_AES_128_GCM as GCM, masterKey } from '../helpers/srtp.js';

const CALL = fixtureCall().pcm;

function speech(firstSequenceNumber = 10): TimedPacket[] {
  return talk(CALL.subarray(0, 4 * 16_000), {
    sampleRateHz: 16_000,
    ssrc: 77,
    firstSequenceNumber,
  });
}

function open(
  packets: readonly TimedPacket[],
  ...keys: readonly string[]
): ReturnType<typeof readCapture> {
  return readCapture(writePcap(packets), 'x', { srtp: { keys } });
}

function dataOf(packets: Iterable<{ readonly data: Uint8Array }>): string[] {
  return [...packets].map(({ data }) => Buffer.from(data).toString('hex'));
}

describe.each<SrtpSuite>(['AES_CM_128_HMAC_SHA1_80', GCM])('SRTP of %s', (suite) => {
  const key = masterKey(suite);
  const encrypted = encrypt(speech(), key, suite);

  it('is refused without its key, with what to do', async () => {
    await expect(replay(readCapture(writePcap(encrypted), 'x'))).rejects.toThrow(
      /encrypted\)\. This is SRTP: give its key by --srtp-key/,
    );
    expect(listStreams(readCapture(writePcap(encrypted), 'x')).streams).toMatchObject([
      { packets: 200, isEncrypted: true, payloadTypes: [{ rtpmap: undefined }] },
    ]);
  });

  it.each([
    ['as SDES writes it', `inline:${key.toString('base64')}|2^31`],
    ['in base64', key.toString('base64')],
    ['in hexadecimal', key.toString('hex')],
  ])('is in the clear with its key %s', async (_, text) => {
    const capture = open(encrypted, text);
    expect(dataOf(capture)).toEqual(dataOf(speech()));
    expect((await replay(capture)).packets).toMatchObject({ received: 200, lost: 0 });
  });

  it('is opened across wraps, late packets and a capture that begins after one', () => {
    const sent = speech(65_436);
    const all = encrypt(sent, key, suite);
    const swapped = [
      ...all.slice(0, 99),
      ...all.slice(100, 103),
      ...all.slice(99, 100),
      ...all.slice(103),
    ];
    const inOrder = [
      ...sent.slice(0, 99),
      ...sent.slice(100, 103),
      ...sent.slice(99, 100),
      ...sent.slice(103),
    ];
    const late = swapped.map(({ data }, index) => ({ atUs: index * 20_000, data }));
    expect(dataOf(open(late, key.toString('hex')))).toEqual(dataOf(inOrder));
    expect(dataOf(open(all.slice(150), key.toString('hex')))).toEqual(dataOf(sent.slice(150)));
  });

  it('is left out and counted where a packet is damaged', () => {
    const damaged = encrypted.map(({ atUs, data }, index) => {
      const copy = Buffer.from(data);
      if (index === 20) copy.writeUInt8(copy.readUInt8(30) ^ 1, 30);
      return { atUs, data: copy };
    });
    const capture = open(damaged, key.toString('hex'));
    expect([...capture]).toHaveLength(199);
    expect(capture.counts.skipped).toEqual({ 'srtp-unauthentic': 1 });
  });

  it('is told from another call by its key', async () => {
    const other = masterKey(suite, 2).toString('hex');
    await expect(replay(open(encrypted, other))).rejects.toThrow(
      'x: no stream that can be played: none of its 200 RTP packets fits the SRTP key',
    );
    // Each direction has a key of its own.
    expect([...open(encrypted, other, key.toString('hex'))]).toHaveLength(200);
  });
});

describe('SRTP beyond that', () => {
  it('has session keys as RFC 3711 B.3 has them', () => {
    const [key] = parseSrtpKey('E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6');
    if (key === undefined) throw new Error('no key');
    const derived = [0, 1, 2].map((label) => deriveSrtpKey(key, label, [16, 20, 14][label] ?? 0));
    expect(derived.map((one) => one.toString('hex').toUpperCase())).toEqual([
      'C61E7A93744F39EE10734AFE3FF7A087',
      'CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4',
      '30CBBC08863D8C85D49DB34A9AE1',
    ]);
  });

  it.each<[SrtpSuite, number]>([
    ['AES_CM_128_HMAC_SHA1_32', 0],
    ['AES_CM_128_HMAC_SHA1_80', 4],
    ['AES_256_CM_HMAC_SHA1_80', 0],
    ['AES_256_CM_HMAC_SHA1_32', 2],
    ['AEAD_AES_256_GCM', 0],
    ['AEAD_AES_128_GCM', 4],
  ])('is opened in the suites that werift has not: %s, %i bytes of MKI', (suite, mkiBytes) => {
    const keyBytes = suite.includes('256') ? 32 : 16;
    const key = Buffer.alloc(keyBytes + (suite.endsWith('GCM') ? 12 : 14), 'every suite');
    const sent = speech().slice(0, 20);
    const encrypted = sent.map(({ atUs, data }) => ({
      atUs,
      data: protect(data, key, suite, mkiBytes),
    }));
    const text = `${key.toString('base64')}${mkiBytes === 0 ? '' : `|1:${mkiBytes}`}`;
    expect(dataOf(open(encrypted, text))).toEqual(dataOf(sent));
  });

  it.each([
    ['of another length', 'c2hvcnQ='],
    ['for another suite', Buffer.alloc(30).toString('hex'), GCM],
  ] as const)('takes no key %s, and does not repeat it', (_, key, suite?: SrtpSuite) => {
    expect(() => readCapture(writePcap(speech()), 'x', { srtp: { keys: [key], suite } })).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_OPTION',
        message: expect.not.stringContaining(key),
      }),
    );
  });
});

/** RFC 3711 and RFC 7714 for packets of the first round of sequence numbers. */
function protect(packet: Uint8Array, master: Buffer, suite: SrtpSuite, mkiBytes: number): Buffer {
  const [key] = parseSrtpKey(master.toString('hex'), suite);
  const header = parseRtp(packet);
  if (key === undefined || header === undefined) throw new Error('nothing to protect');
  const plain = Buffer.from(packet);
  const [head, payload] = [
    plain.subarray(0, header.payloadOffset),
    plain.subarray(header.payloadOffset),
  ];
  const sessionKey = deriveSrtpKey(key, 0, key.masterKey.length);
  const bits = key.masterKey.length === 16 ? 128 : 256;
  const mki = Buffer.alloc(mkiBytes, 9);
  const isGcm = suite.endsWith('GCM');
  const iv = Buffer.alloc(isGcm ? 12 : 16);
  iv.writeUInt32BE(header.ssrc, isGcm ? 2 : 4);
  iv.writeUInt16BE(header.sequenceNumber, isGcm ? 10 : 12);
  for (const [at, byte] of deriveSrtpKey(key, 2, key.masterSalt.length).entries()) {
    iv.writeUInt8(iv.readUInt8(at) ^ byte, at);
  }
  if (isGcm) {
    const cipher = createCipheriv(`aes-${bits}-gcm`, sessionKey, iv);
    cipher.setAAD(head);
    const body = Buffer.concat([cipher.update(payload), cipher.final()]);
    return Buffer.concat([head, body, cipher.getAuthTag(), mki]);
  }
  const body = createCipheriv(`aes-${bits}-ctr`, sessionKey, iv).update(payload);
  const tag = createHmac('sha1', deriveSrtpKey(key, 1, 20))
    .update(Buffer.concat([head, body, Buffer.alloc(4)]))
    .digest();
  return Buffer.concat([head, body, mki, tag.subarray(0, suite.endsWith('32') ? 4 : 10)]);
}
