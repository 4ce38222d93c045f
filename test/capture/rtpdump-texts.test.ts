import { describe, expect, it } from 'vitest';
import { buildRtp } from '../../src/index.js';
import { listStreams, readCapture, replay } from '../../src/replay/index.js';
import { talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { rtpdumpText } from '../helpers/recording-bytes.js';

const CALL = fixtureCall().pcm.subarray(0, 16_000);
// A frame is sent when it is whole; captures count from their first packet.
const PACKETS = talk(CALL, { sampleRateHz: 16_000, ssrc: 77 }).map(({ atUs, data }) => ({
  atUs: atUs - 20_000,
  data,
}));

function read(text: string): ReturnType<typeof readCapture> {
  return readCapture(Buffer.from(text), 'x');
}

describe('the texts of rtpdump', () => {
  it('hex carries whole packets', async () => {
    const capture = read(rtpdumpText(PACKETS, 'hex'));
    expect([...capture].map(({ atUs, data }) => ({ atUs, data: Buffer.from(data) }))).toEqual(
      PACKETS.map(({ atUs, data }) => ({ atUs, data: Buffer.from(data) })),
    );
    expect(capture.format).toBe('rtpdump-text');
    expect((await replay(capture)).packets).toMatchObject({ received: 50, lost: 0 });
  });

  it('ascii carries headers and lengths', () => {
    const capture = read(rtpdumpText(PACKETS, 'ascii'));
    const datagrams = [...capture];
    expect(datagrams.map(({ payloadBytes }) => payloadBytes)).toEqual(
      PACKETS.map(({ data }) => data.length - 12),
    );
    expect(datagrams.map(({ data }) => Buffer.from(data))).toEqual(
      PACKETS.map(({ data }) => Buffer.from(data.subarray(0, 12))),
    );
    expect(capture.counts.headersOnly).toBe(50);
  });

  it('short carries times, timestamps and sequence numbers', () => {
    const sent = PACKETS.filter((_, index) => index !== 20);
    const { streams } = listStreams(read(rtpdumpText(sent, 'short')));
    expect(streams).toMatchObject([{ ssrc: 0, packets: 49, headersOnly: 49, lost: 1 }]);
    // A set marker is a minus before the time.
    const marked = read('-0.000000 960 7\n0.020000 1920 8\n');
    expect([...marked].map(({ data }) => (data[1] ?? 0) >> 7)).toEqual([1, 0]);
  });

  it('is what the manual shows, with RTCP in between', () => {
    const text = `844525628.240592 RTP len=176 from=131.136.234.103:46196 v=2 p=0 x=0 cc=0 m=0 pt=5 (IDVI,1,8000) seq=28178 ts=954052737 ssrc=0x124e2b58
844525628.243123 RTCP len=128 from=139.88.27.43:53154
 (RR ssrc=0x125bd36f p=0 count=1 len=7
(ssrc=bc64b658 fraction=0.503906 lost=4291428375 last_seq=308007791
  jit=17987961 lsr=2003335488 dlsr=825440558)
 )
844525628.260592 RTP len=176 from=131.136.234.103:46196 v=2 p=0 x=0 cc=0 m=0 pt=5 (IDVI,1,8000) seq=28179 ts=954052897 ssrc=0x124e2b58
`;
    const capture = read(text);
    expect([...capture].map(({ atUs, payloadBytes }) => [atUs, payloadBytes])).toEqual([
      [0, 164],
      [20_000, 164],
    ]);
    expect(capture.counts.skipped).toEqual({ rtcp: 1 });
  });

  it('takes a header extension and CSRCs out, and no more payload than there was', () => {
    const line =
      '1.000000 RTP len=32 from=0.0.0.0:0 v=2 p=0 x=1 cc=1 m=1 pt=8 (PCMA,1,8000) seq=1 ts=2 ssrc=0x3 ' +
      'csrc[0]=0x4 ext_type=0xbede ext_len=1 ext_data=10aa0000 data=a1a2a3a4a5a6a7a8ffff\n';
    const [packet] = [...read(line)];
    const header = { payloadType: 8, sequenceNumber: 1, timestamp: 2, ssrc: 3, marker: true };
    expect(Buffer.from(packet?.data ?? [])).toEqual(
      Buffer.from(buildRtp(header, Buffer.from('a1a2a3a4a5a6a7a8', 'hex'))),
    );
  });

  it.each([
    ['a field that is no number', 'ssrc=0x4d', 'ssrc=0xzz', 'whose ssrc is not a number'],
    ['a packet shorter than its header', /len=\d+/, 'len=11', 'a packet of 11 bytes with 12'],
    ['another text', /RTP/, 'STUN', 'not a line of rtpdump'],
  ])('says where it is damaged: %s', (_, from, to, message) => {
    const lines = rtpdumpText(PACKETS, 'ascii').split('\n');
    const offset = `${lines[0]}\n${lines[1]}\n`.length;
    const damaged = lines.map((line, index) => (index === 2 ? line.replace(from, to) : line));
    expect(() => [...read(damaged.join('\n'))]).toThrow(
      new RegExp(`^x, byte ${offset}: .*${message}`),
    );
  });

  it('is cut where its last line has no end', () => {
    const text = rtpdumpText(PACKETS, 'hex');
    const capture = read(text.slice(0, -20));
    expect([...capture]).toHaveLength(49);
    expect(capture.counts.truncatedAtOffset).toBe(text.lastIndexOf('\n', text.length - 2) + 1);
  });
});
