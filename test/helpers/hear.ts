import { createHash } from 'node:crypto';
import type { AudioFrame, ReceiverOptions, ReceiverStats, RtpArrival } from '../../src/index.js';
import { Receiver } from '../../src/index.js';

/** What a receiver made of a call. */
export interface Heard {
  readonly frames: readonly AudioFrame[];
  readonly stats: ReceiverStats;
}

export interface HearOptions extends ReceiverOptions {
  /** Further times to poll at, in order: a host may come by whenever it likes. */
  readonly extraPollsUs?: readonly number[];
}

/**
 * Plays packets to a receiver as a host does: all that arrives at a time, then a poll, and between arrivals a poll at
 * every time that the receiver asks for; then the end.
 */
export function hear(arrivals: readonly RtpArrival[], options: HearOptions = {}): Heard {
  const { extraPollsUs = [], ...receiverOptions } = options;
  const receiver = new Receiver(receiverOptions);
  const frames: AudioFrame[] = [];
  const extra = [...extraPollsUs];
  const poll = (atUs: number): void => {
    frames.push(...receiver.poll(atUs));
  };
  const advanceTo = (untilUs: number): void => {
    for (;;) {
      const wakeUs = receiver.nextWakeup() ?? Number.POSITIVE_INFINITY;
      const atUs = Math.min(wakeUs, extra[0] ?? Number.POSITIVE_INFINITY);
      if (atUs >= untilUs) return;
      if (atUs === extra[0]) extra.shift();
      poll(atUs);
    }
  };

  for (const [i, arrival] of arrivals.entries()) {
    advanceTo(arrival.arrivalUs);
    receiver.push([arrival]);
    if (arrivals[i + 1]?.arrivalUs !== arrival.arrivalUs) poll(arrival.arrivalUs);
  }
  receiver.end();
  poll(arrivals.at(-1)?.arrivalUs ?? 0);
  const stats = receiver.stats();
  receiver.close();
  return { frames, stats };
}

/** Frames as lines that are equal when the frames are: times from `startUs`, samples as a digest. */
export function frameLines(frames: readonly AudioFrame[], startUs = 0): string[] {
  return frames.map((frame) => {
    const { mediaTicks, durationTicks, provenance, version, lossRunMs, latencyUs } = frame;
    const samples = new Uint8Array(frame.pcm.buffer, frame.pcm.byteOffset, frame.pcm.byteLength);
    const digest = createHash('md5').update(samples).digest('hex').slice(0, 12);
    const arrivalUs = frame.arrivalUs === undefined ? '-' : frame.arrivalUs - startUs;
    return (
      `${frame.finalisedUs - startUs} ${mediaTicks}+${durationTicks} ${provenance} v${version} ` +
      `arrived ${arrivalUs} latency ${latencyUs} run ${lossRunMs} ${digest}`
    );
  });
}

/** The audio as it is known in the end: the newest version of every position, joined. */
export function finalPcm(frames: readonly AudioFrame[], samplesPerTick: number): Int16Array {
  const end = Math.max(0, ...frames.map((frame) => frame.mediaTicks + frame.durationTicks));
  const pcm = new Int16Array(end * samplesPerTick);
  for (const frame of frames) pcm.set(frame.pcm, frame.mediaTicks * samplesPerTick);
  return pcm;
}
