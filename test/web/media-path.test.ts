import { describe, expect, it } from 'vitest';
import { whyNoMediaPath } from '../../sfu/web/media-path.js';

function sdpWith(...addresses: readonly string[]): string {
  const lines = addresses.map(
    (address, n) => `a=candidate:${n} 1 UDP 2122187007 ${address} ${5000 + n} typ host\r\n`,
  );
  return `v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 109\r\n${lines.join('')}a=end-of-candidates\r\n`;
}

describe('a call without a media path', () => {
  const hidden = '0752bda5-2736-46c0-9c4e-05530b5dcb00.local';

  it.each([
    ['a name that hides an address', [hidden]],
    ['an address of its network', ['192.0.2.7', '2001:db8::7']],
    ['nothing at all', []],
  ])('is told that the server is on loopback alone, when the browser has %s', (_, addresses) => {
    for (const loopback of ['127.0.0.1', '::1']) {
      expect(whyNoMediaPath(sdpWith(...addresses), sdpWith(loopback))).toMatch(
        new RegExp(`^The server takes media at ${loopback} only, .*EARSHOT_MEDIA_ADDRESS`),
      );
    }
  });

  it.each([
    ['both are on loopback', ['127.0.0.1'], ['127.0.0.1']],
    ['the server is on a network too', [hidden], ['127.0.0.1', '192.0.2.9']],
    ['the server names nothing', [hidden], []],
  ])('is asked about UDP when %s', (_, here, there) => {
    expect(whyNoMediaPath(sdpWith(...here), sdpWith(...there))).toMatch(/is UDP blocked\?$/);
  });
});
