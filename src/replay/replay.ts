import { setImmediate } from 'node:timers/promises';
import type { Capture } from '../capture/capture.js';
import type { AudioFrame } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import { CallReplay } from './call-replay.js';
import type { ReplayOptions } from './replay-options.js';
import type { ReplayReport } from './report.js';

/** What a replay gives while it runs. */
export type ReplayEvent =
  /** Mode `recognizer`: a frame as it was handed out; its PCM is the reader's to keep. */
  | { readonly type: 'frame'; readonly frame: AudioFrame }
  /** Mode `playout`: 10 ms as they were heard, and when, µs on the capture's clock. */
  | { readonly type: 'played'; readonly frame: PlayoutFrame; readonly atUs: number }
  /** The last event. */
  | { readonly type: 'report'; readonly report: ReplayReport };

/**
 * Runs the receiver over a captured call, as fast as the machine can, in the call's own time.
 *
 * Holds a bounded part of capture and audio, whatever their length.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, `EARSHOT_NO_STREAM`, `EARSHOT_BAD_OPTION`;
 *   all but failing outputs before anything is written
 */
export async function replay(capture: Capture, options: ReplayOptions = {}): Promise<ReplayReport> {
  const { signal, onFrame = () => {} } = options;
  using run = new CallReplay(capture, options, { onFrame, onPlayed: () => {} });
  signal?.throwIfAborted();
  for (const _ of run.turns()) {
    await setImmediate();
    signal?.throwIfAborted();
  }
  return run.report();
}

/**
 * The same as `replay`, read step by step: the next packets run when the reader asks for more, and a reader who stops ends
 * the replay.
 *
 * @throws as `replay`
 */
export async function* replayEvents(
  capture: Capture,
  options: ReplayOptions = {},
): AsyncGenerator<ReplayEvent> {
  const { signal, onFrame } = options;
  const events: ReplayEvent[] = [];
  using run = new CallReplay(capture, options, {
    onFrame(frame) {
      onFrame?.(frame);
      events.push({ type: 'frame', frame: { ...frame, pcm: frame.pcm.slice() } });
    },
    onPlayed(frame, atUs) {
      events.push({ type: 'played', frame: { ...frame, pcm: frame.pcm.slice() }, atUs });
    },
  });
  signal?.throwIfAborted();
  for (const _ of run.turns()) {
    yield* events.splice(0);
    await setImmediate();
    signal?.throwIfAborted();
  }
  yield { type: 'report', report: run.report() };
}
