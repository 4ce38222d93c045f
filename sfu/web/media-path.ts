const CANDIDATE = /^a=candidate:\S+ \d+ udp \d+ (\S+) /gim;
const LOOPBACK = /^(127\.|::1$)/;

/**
 * Why no media path may have been found between two peers, by the addresses they told each other.
 *
 * @param offer - SDP of this browser
 * @param answer - SDP of the server
 */
export function whyNoMediaPath(offer: string, answer: string): string {
  const here = addressesOf(offer);
  const there = addressesOf(answer);
  if (there.length > 0 && there.every(isLoopback) && !here.some(isLoopback)) {
    return (
      `The server takes media at ${there.join(', ')} only, where some browsers, Firefox among them, send none. ` +
      'Start it with EARSHOT_MEDIA_ADDRESS set to an address of its network, or take another browser.'
    );
  }
  return 'No media path to the server: is UDP blocked?';
}

function addressesOf(sdp: string): string[] {
  return [...new Set([...sdp.matchAll(CANDIDATE)].map(([, address = '']) => address))];
}

function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}
