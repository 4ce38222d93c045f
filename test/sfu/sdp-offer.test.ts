import { expect, it } from 'vitest';
import { parseIceFragment } from '../../sfu/sdp-fragment.js';
import { SdpError } from '../../sfu/sdp-lines.js';
import { ABS_CAPTURE_TIME, parseAudioOffer, writeCanonicalOffer } from '../../sfu/sdp-offer.js';
import { BROWSER_OFFER } from './helpers/browser-offer.js';

function statusOf(body: string): number | undefined {
  try {
    parseAudioOffer(body);
    return undefined;
  } catch (error) {
    return error instanceof SdpError ? error.status : 500;
  }
}

it("takes a browser's offer", () => {
  expect(parseAudioOffer(BROWSER_OFFER)).toMatchObject({
    mid: '0',
    iceUfrag: 'EsAw',
    setup: 'actpass',
    payloadType: 111,
    answersNack: false,
    headerExtensions: [
      { id: 1, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' },
      { id: 5, uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time' },
    ],
    ssrcs: [1234567890],
  });
});

it.each([
  ['a=rtcp-fb:111 nack', true],
  ['a=rtcp-fb:* nack', true],
  ['a=rtcp-fb:63 nack', false],
  ['a=rtcp-fb:111 nack pli', false],
])('%s: the peer answers requests for packets of Opus: %s', (line, answersNack) => {
  const offer = parseAudioOffer(BROWSER_OFFER.replace('a=rtcp-mux', `${line}\r\na=rtcp-mux`));

  expect(offer.answersNack).toBe(answersNack);
  expect(writeCanonicalOffer(offer).includes('a=rtcp-fb:111 nack')).toBe(answersNack);
});

it.each([
  ['a=extmap:3/sendonly', 3],
  ['a=extmap:14/sendrecv', 14],
  ['a=extmap:3/recvonly', undefined],
  ['a=extmap:3/inactive', undefined],
  ['a=extmap:0', undefined],
  ['a=extmap:15', undefined],
  ['a=extmap:256', undefined],
])('%s: abs-capture-time comes under the number %s', (line, id) => {
  const offer = parseAudioOffer(
    BROWSER_OFFER.replace(`a=extmap:5 ${ABS_CAPTURE_TIME}`, `${line} ${ABS_CAPTURE_TIME}`),
  );

  expect(offer.headerExtensions.find(({ uri }) => uri === ABS_CAPTURE_TIME)?.id).toBe(id);
});

it('takes the first of several header extensions of one name or one number', () => {
  const offer = parseAudioOffer(
    BROWSER_OFFER.replace(
      'a=rtcp-mux',
      `a=extmap:6 ${ABS_CAPTURE_TIME}\r\na=extmap:1 ${ABS_CAPTURE_TIME}\r\na=rtcp-mux`,
    ),
  );

  expect(offer.headerExtensions.map(({ id }) => id)).toEqual([1, 5]);
});

it('keeps UDP candidates with literal addresses and leaves the others out', () => {
  const { candidates } = parseAudioOffer(BROWSER_OFFER);

  expect(candidates).toEqual([
    {
      foundation: '1387637174',
      priority: 2122260223,
      address: '192.0.2.1',
      port: 61764,
      type: 'host',
    },
    { foundation: '9', priority: 2122262783, address: '2001:db8::1', port: 50001, type: 'host' },
  ]);
});

it('reads its own canonical offer back as the same offer', () => {
  const offer = parseAudioOffer(BROWSER_OFFER);

  expect(parseAudioOffer(writeCanonicalOffer(offer))).toEqual(offer);
});

it.each([
  ['no v=0', (sdp: string) => sdp.replace('v=0', 'v=1')],
  ['an empty body', () => ''],
  ['a line that is no SDP line', (sdp: string) => `${sdp}hello\r\n`],
  ['a control character', (sdp: string) => sdp.replace('a=mid:0', 'a=mid:0\u0000')],
  ['no media', (sdp: string) => sdp.slice(0, sdp.indexOf('m='))],
  ['no mid', (sdp: string) => sdp.replace('a=mid:0\r\n', '')],
  ['a mid that would break a line', (sdp: string) => sdp.replace('a=mid:0', 'a=mid:0 a=x')],
  ['no ICE credentials', (sdp: string) => sdp.replace(/a=ice-pwd.*\r\n/, '')],
  ['a short ICE password', (sdp: string) => sdp.replace(/a=ice-pwd.*/, 'a=ice-pwd:short')],
  ['no fingerprint', (sdp: string) => sdp.replace(/a=fingerprint.*\r\n/, '')],
  ['a cut fingerprint', (sdp: string) => sdp.replace(/(a=fingerprint:sha-256 \S{20}).*/, '$1')],
  ['no setup', (sdp: string) => sdp.replace('a=setup:actpass\r\n', '')],
  ['a malformed candidate', (sdp: string) => sdp.replace(/a=candidate.*/, 'a=candidate:x')],
  ['too many lines', (sdp: string) => sdp + 'a=x\r\n'.repeat(1001)],
  ['a very long line', (sdp: string) => `${sdp}a=${'x'.repeat(5000)}\r\n`],
])('refuses %s with 400', (_what, edit) => {
  expect(statusOf(edit(BROWSER_OFFER))).toBe(400);
});

it.each([
  [
    'video beside the audio',
    (sdp: string) => `${sdp}m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n`,
  ],
  ['two audio tracks', (sdp: string) => sdp + sdp.slice(sdp.indexOf('m='))],
  ['video alone', (sdp: string) => sdp.replace('m=audio', 'm=video')],
  [
    'a data channel',
    (sdp: string) => sdp.replace(/m=audio.*/, 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel'),
  ],
  ['no Opus', (sdp: string) => sdp.replace(/opus\/48000\/2/, 'G722/8000')],
  ['Opus where RTCP is', (sdp: string) => sdp.replaceAll('111', '72')],
  ['a receiver', (sdp: string) => sdp.replace('a=sendonly', 'a=recvonly')],
  ['no rtcp-mux', (sdp: string) => sdp.replace('a=rtcp-mux\r\n', '')],
  ['plain RTP', (sdp: string) => sdp.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP')],
  ['the passive role', (sdp: string) => sdp.replace('a=setup:actpass', 'a=setup:passive')],
  ['two streams', (sdp: string) => `${sdp}a=msid:other track\r\n`],
])('refuses %s with 422', (_what, edit) => {
  expect(statusOf(edit(BROWSER_OFFER))).toBe(422);
});

it('reads the trickle fragment of RFC 9725', () => {
  const fragment = parseIceFragment(
    [
      'a=ice-ufrag:EsAw',
      'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
      'm=audio 9 RTP/AVP 0',
      'a=mid:0',
      'a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1',
      'a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0',
      'a=end-of-candidates',
      '',
    ].join('\r\n'),
  );

  expect(fragment).toEqual({
    iceUfrag: 'EsAw',
    candidates: [
      {
        foundation: '1387637174',
        priority: 2122260223,
        address: '192.0.2.1',
        port: 61764,
        type: 'host',
      },
    ],
  });
});
