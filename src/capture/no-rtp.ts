import type { Capture } from './capture.js';
import { FRAGMENT_HELP } from './datagram.js';

/** Why a pass over a capture met no RTP: a part of a sentence behind the file's name. */
export function whyNoRtp({ counts }: Capture): string {
  const { records, skipped, truncatedAtOffset } = counts;
  const unauthentic = skipped['srtp-unauthentic'];
  if (unauthentic !== undefined) {
    return `none of its ${unauthentic} RTP packets fits the SRTP key: is it this call's and this direction's, and of this suite?`;
  }
  const left = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`);
  const why = left.length > 0 ? ` (left out: ${left.join(', ')})` : '';
  const cut = truncatedAtOffset === undefined ? '' : `; it is cut at byte ${truncatedAtOffset}`;
  const fragments = skipped['ip-fragment'] === undefined ? '' : `. ${FRAGMENT_HELP}`;
  return `no RTP in its ${records} records${why}${cut}${fragments}`;
}
