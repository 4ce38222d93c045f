import { describe, expect, it } from 'vitest';
import { csvTraceParts, ndjsonTraceParts } from '../../src/capture/timing-trace-writer.js';
import { buildRtp, parseRtp } from '../../src/index.js';
import { readCapture } from '../../src/replay/index.js';
import { Random } from '../../src/simulate/index.js';

const HEADER = 'seq,rtp_ts,arrival_us,payload_len,marker,pt';

function read(text: string) {
  return [...readCapture(Buffer.from(text, 'latin1'), 't')].map(({ data, payloadBytes, atUs }) => {
    const { sequenceNumber, timestamp, marker, payloadType, ssrc } = parseRtp(data) ?? {};
    return { atUs, payloadBytes, sequenceNumber, timestamp, marker, payloadType, ssrc };
  });
}

const FIRST = {
  atUs: 0,
  payloadBytes: 41,
  sequenceNumber: 65_535,
  timestamp: 4_294_967_295,
  marker: true,
  payloadType: 96,
  ssrc: 0,
};
const SECOND = {
  atUs: 14_945,
  payloadBytes: 51,
  sequenceNumber: 0,
  timestamp: 959,
  marker: false,
  payloadType: 96,
  ssrc: 0,
};

describe('a timing trace as comma separated values', () => {
  it('gives headers, arrivals from the first on, and how long payloads were', () => {
    const text = `${HEADER}\n65535,4294967295,700000,41,1,96\n0,959,714945,51,0,96\n`;
    expect(read(text)).toEqual([FIRST, SECOND]);
    expect(readCapture(Buffer.from(text), 't').format).toBe('csv');
  });

  it.each([
    [
      'columns in another order, others between them',
      'pt,x,arrival_us,marker,seq,payload_len,rtp_ts\n96,y,5,1,65535,41,4294967295\n96,,14950,0,0,51,959\n',
    ],
    [
      'quotes, spaces, a byte order mark, other line ends, no line end at the end',
      `\u00ef\u00bb\u00bf"seq", "rtp_ts","arrival_us",payload_len,marker,pt\r\n"65535",4294967295, 5,41,1,96\r\n\r\n0,959,14950,51,0,96`,
    ],
  ])('may have %s', (_, text) => {
    expect(read(text)).toEqual([FIRST, SECOND]);
  });

  it('needs three columns only, and tells of an SSRC where there is one', () => {
    expect(read('seq,rtp_ts,arrival_us,ssrc\n1,2,3,4294967295\n')).toEqual([
      {
        atUs: 0,
        payloadBytes: 0,
        sequenceNumber: 1,
        timestamp: 2,
        marker: false,
        payloadType: 111,
        ssrc: 4_294_967_295,
      },
    ]);
  });

  it('is put in order of arrival', () => {
    const rows = '1,960,20000\n2,1920,60000\n3,2880,40000\n';
    const order = read(`seq,rtp_ts,arrival_us\n${rows}`).map(
      ({ sequenceNumber }) => sequenceNumber,
    );
    expect(order).toEqual([1, 3, 2]);
  });
});

describe('a timing trace as JSON lines', () => {
  it('gives the same', () => {
    const text =
      '{"seq":65535,"rtp_ts":4294967295,"arrival_us":5,"payload_len":41,"marker":true,"pt":96}\n' +
      '{"note":"x","pt":96,"marker":0,"payload_len":51,"arrival_us":14950,"rtp_ts":959,"seq":0}\n';
    expect(read(text)).toEqual([FIRST, SECOND]);
    expect(readCapture(Buffer.from(text), 't').format).toBe('ndjson');
  });
});

describe('what is written is what is read', () => {
  it.each([1, 2, 3])('of any packets (seed %d)', (seed) => {
    const random = new Random(seed);
    let atUs = 0;
    const packets = Array.from({ length: 500 }, () => {
      const fields = {
        payloadType: 96 + random.below(32),
        sequenceNumber: random.below(65_536),
        timestamp: random.below(2 ** 32),
        ssrc: 0,
        marker: random.chance(0.5),
      };
      atUs += random.below(100_000);
      return { atUs, data: buildRtp(fields, new Uint8Array(1 + random.below(1000))) };
    });
    const startUs = packets[0]?.atUs ?? 0;
    const expected = packets.map((packet) => {
      const { sequenceNumber, timestamp, marker, payloadType, payloadLength } =
        parseRtp(packet.data) ?? {};
      return {
        atUs: packet.atUs - startUs,
        payloadBytes: payloadLength,
        sequenceNumber,
        timestamp,
        marker,
        payloadType,
        ssrc: 0,
      };
    });
    expect(read([...csvTraceParts(packets)].join(''))).toEqual(expected);
    expect(read([...ndjsonTraceParts(packets)].join(''))).toEqual(expected);
  });

  it('says nothing of what is no RTP', () => {
    expect([...csvTraceParts([{ atUs: 1, data: Uint8Array.of(1, 2, 3) }])].join('')).toBe(
      `${HEADER}\n`,
    );
  });
});

describe('a hostile trace ends in an error with its line', () => {
  const rows = (...lines: readonly string[]): string => [HEADER, ...lines].join('\n');
  const good = '1,2,3,4,0,96';

  it.each([
    [
      'a column that is not there',
      'seq,arrival_us,pt\n1,2,96\n',
      2,
      /no rtp_ts; a timing trace needs/,
    ],
    ['a value too few', rows(good, '1,2,3,4,0'), 3, /5 values for 6 columns/],
    ['a value too many', rows(good, `${good},7`), 3, /7 values for 6 columns/],
    ['NaN', rows('1,NaN,3,4,0,96'), 2, /rtp_ts is "NaN", not a whole number in 0\.\.4294967295/],
    ['Infinity', rows('Infinity,2,3,4,0,96'), 2, /seq is "Infinity"/],
    ['nothing', rows('1,2,,4,0,96'), 2, /arrival_us is "", not/],
    ['a negative number', rows('1,2,-3,4,0,96'), 2, /arrival_us is "-3"/],
    ['a fraction', rows('1,2,3.5,4,0,96'), 2, /arrival_us is "3\.5"/],
    ['hexadecimal', rows('0x10,2,3,4,0,96'), 2, /seq is "0x10"/],
    [
      'a number over its field',
      rows('65536,2,3,4,0,96'),
      2,
      /seq is 65536, not a whole number in 0\.\.65535/,
    ],
    [
      'a number over 2^53',
      rows('1,2,9007199254740993,4,0,96'),
      2,
      /arrival_us is 9007199254740992/,
    ],
    [
      'a number of a hundred digits',
      rows(`1,2,${'9'.repeat(100)},4,0,96`),
      2,
      /arrival_us is "9{39}\.\.\./,
    ],
    ['a payload over UDP', rows('1,2,3,70000,0,96'), 2, /payload_len is 70000/],
    ['another marker', rows('1,2,3,4,2,96'), 2, /marker is 2/],
    ['another payload type', rows('1,2,3,4,0,128'), 2, /pt is 128/],
    [
      'a line of a million characters',
      rows(good, 'x'.repeat(1_000_000), good),
      3,
      /more than 2048 bytes/,
    ],
    ['bytes of no text', rows(good, '\u0000\u0001\u00ff\u0000'), 3, /1 values for 6 columns/],
    ['JSON that is none', '{"seq":1,"rtp_ts":2,"arrival_us":3}\n{"seq":1,\n', 2, /not JSON/],
    ['JSON that is no object', '{"seq":1,"rtp_ts":2,"arrival_us":3}\n[1]\n', 2, /no seq/],
    ['JSON null', '{"seq":1,"rtp_ts":2,"arrival_us":3}\nnull\n', 2, /not a JSON object/],
    ['text for a number in JSON', '{"seq":"1","rtp_ts":2,"arrival_us":3}\n', 1, /seq is "1"/],
    ['an object for a number', '{"seq":{},"rtp_ts":2,"arrival_us":3}\n', 1, /seq is an object/],
    [
      'a huge number in JSON',
      '{"seq":1,"rtp_ts":2,"arrival_us":1e300}\n',
      1,
      /arrival_us is 1e\+300/,
    ],
    ['a nest of brackets', `{"seq":1,"x":${'['.repeat(1500)}\n`, 1, /not JSON/],
  ])('%s', (_, text, line, says) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_CAPTURE',
        message: expect.stringMatching(new RegExp(`^t, byte \\d+: line ${line}: `)),
      }),
    );
    expect(() => read(text)).toThrow(says);
  });

  it('an arrival a year after the last is a damaged one', () => {
    expect(() => read(rows(good, '2,2,31536000000000,4,0,96'))).toThrow(/its time is damaged/);
  });

  it.each([1, 2, 3, 4])('mutated bytes give packets or an error of ours (seed %d)', (seed) => {
    const random = new Random(seed);
    const text = Buffer.from(
      rows(...Array.from({ length: 50 }, (_, i) => `${i},${i * 960},${i * 20_000},60,0,111`)),
    );
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(text.subarray(0, 1 + random.below(text.length)));
      for (let flips = random.below(4); flips > 0; flips--)
        bytes[random.below(bytes.length)] = random.below(256);
      try {
        expect([...readCapture(bytes, 't')].length).toBeLessThanOrEqual(51);
      } catch (error) {
        expect(error).toMatchObject({ code: 'EARSHOT_BAD_CAPTURE' });
      }
    }
  });
});
