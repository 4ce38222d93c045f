import type { CaptureCounts } from '../capture/captured-datagram.js';
import { FRAGMENT_HELP } from '../capture/datagram.js';

/** What somebody must know who reads numbers of this capture; for stderr, a line each. */
export function captureWarnings(file: string, counts: CaptureCounts): string[] {
  const { truncatedAtOffset, headersOnly, untimed, skipped } = counts;
  const fragments = skipped['ip-fragment'];
  const unauthentic = skipped['srtp-unauthentic'];
  return [
    truncatedAtOffset === undefined
      ? ''
      : `${file}: cut inside a record at byte ${truncatedAtOffset}; the ${counts.records} records before it were read`,
    headersOnly === 0
      ? ''
      : `${file}: ${headersOnly} packets were captured without their payload: they tell of timing alone`,
    untimed === 0
      ? ''
      : `${file}: ${untimed} packets have no time of arrival: by their timestamps nothing was late`,
    fragments === undefined ? '' : `${file}: ${fragments} left out. ${FRAGMENT_HELP}`,
    unauthentic === undefined
      ? ''
      : `${file}: ${unauthentic} RTP packets do not fit the SRTP key and were left out`,
  ].filter((line) => line !== '');
}
