import type { ByteCursor } from './byte-cursor.js';
import { type CaptureFacts, type CaptureRecord, takeUdpPayload } from './record.js';
import { UntimedClock } from './untimed-clock.js';

const SIGNATURE_BYTES = 8;
/** With the time of arrival in every frame. */
const TIMED = 'MJR00002';
const UNTIMED = 'MJR00001';
/** Of every frame of an untimed file, and of the very first kind of file, which has no description. */
const OLD_SIGNATURE = 'MEETECHO';
const TIMED_FRAME = 'MEET';

/** What Janus calls its codecs, as an rtpmap; G.711 has static payload types. */
const RTPMAPS: Readonly<Record<string, string>> = {
  opus: 'opus/48000/2',
  l16: 'L16/16000',
  'l16-48': 'L16/48000',
};
const G711_CLOCK_RATE_HZ = 8000;

export function isMjr(start: Buffer): boolean {
  const signature = start.toString('latin1', 0, SIGNATURE_BYTES);
  return signature === TIMED || signature === UNTIMED || signature === OLD_SIGNATURE;
}

/**
 * Packets of a recording of Janus: `MJR00002` with times in ms, `MJR00001` and older without.
 *
 * @see janus-gateway's src/record.c at 04c118c and postprocessing/janus-pp-rec.c at 00a4856
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, also for a recording of video or data, or one that is encrypted end to end
 */
export function* readMjr(cursor: ByteCursor, facts: CaptureFacts): Generator<CaptureRecord> {
  const signature = cursor.take(SIGNATURE_BYTES, 'the mjr signature').toString('latin1');
  const descriptionBytes = cursor.take(2, 'the length of the description').readUInt16BE(0);
  const description = cursor.take(descriptionBytes, 'the description').toString('utf8');
  const codec =
    signature === OLD_SIGNATURE ? oldCodecOf(cursor, description) : codecOf(cursor, description);
  facts.rtpmap = RTPMAPS[codec];

  yield* signature === TIMED
    ? timedFrames(cursor)
    : untimedFrames(cursor, Number(facts.rtpmap?.split('/')[1] ?? G711_CLOCK_RATE_HZ));
}

function oldCodecOf(cursor: ByteCursor, description: string): string {
  // Then there was nothing but Opus and VP8.
  if (description === 'audio') return 'opus';
  throw cursor.bad(SIGNATURE_BYTES + 2, 'a recording of something else than audio');
}

function codecOf(cursor: ByteCursor, description: string): string {
  const at = SIGNATURE_BYTES + 2;
  const { t: medium, c: codec, e: isEncrypted } = parseObject(cursor, at, description);
  if (medium !== 'a') throw cursor.bad(at, 'a recording of something else than audio');
  if (isEncrypted === true) {
    throw cursor.bad(at, 'a recording that is encrypted end to end: only its callers can hear it');
  }
  return typeof codec === 'string' ? codec.toLowerCase() : '';
}

function parseObject(cursor: ByteCursor, at: number, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Said below, in the file's own terms.
  }
  throw cursor.bad(at, 'the description is not a JSON object');
}

function* timedFrames(cursor: ByteCursor): Generator<CaptureRecord> {
  while (cursor.remainingBytes > 0) {
    const offset = cursor.offset;
    const head = cursor.take(10, 'a frame header');
    checkFrame(cursor, offset, head, TIMED_FRAME);
    const timeUs = head.readUInt32BE(4) * 1000;
    yield takeUdpPayload(cursor, head.readUInt16BE(8), 'a frame', timeUs, offset);
  }
}

function* untimedFrames(cursor: ByteCursor, clockRateHz: number): Generator<CaptureRecord> {
  const clock = new UntimedClock(clockRateHz);
  while (cursor.remainingBytes > 0) {
    const offset = cursor.offset;
    const head = cursor.take(10, 'a frame header');
    checkFrame(cursor, offset, head, OLD_SIGNATURE);
    const length = head.readUInt16BE(8);
    const timeUs = clock.timeOf(cursor.peek(length, 'a frame'));
    yield { ...takeUdpPayload(cursor, length, 'a frame', timeUs, offset), isUntimed: true };
  }
}

function checkFrame(cursor: ByteCursor, offset: number, head: Buffer, signature: string): void {
  if (head.toString('latin1', 0, signature.length) === signature) return;
  if (head.every((byte) => byte === 0)) {
    throw cursor.cutShort(offset, 'a frame of no bytes: the file was not written to its end');
  }
  throw cursor.bad(offset, `no frame: ${signature} expected`);
}
