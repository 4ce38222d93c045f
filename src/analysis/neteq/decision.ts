/** What NetEQ does for 10 ms. */
export type Operation =
  | 'normal'
  | 'merge'
  | 'expand'
  | 'accelerate'
  | 'preemptive-expand'
  | 'noise';

/** What the last 10 ms were; stretching that found nothing to cut counts as `normal`. */
export type LastMode = 'normal' | 'stretched' | 'expanded' | 'noise';

/** All a decision depends on; lengths in ms. */
export interface DecisionState {
  readonly lastMode: LastMode;
  readonly targetMs: number;
  readonly highMs: number;
  /** How late the audio to be played is over the quickest packet of late. */
  readonly playoutDelayMs: number;
  /** The next packet's media position minus the one wanted; undefined while there is no packet. */
  readonly leapMs: number | undefined;
  /** From the first packet in the buffer to the last, and how long that has waited. */
  readonly spanMs: number;
  readonly hasSilencePacket: 'yes' | 'no';
  /** Made up since the last real audio. */
  readonly generatedMs: number;
  readonly stretching: 'allowed' | 'too-soon';
}

const NOISE_TIMEOUT_MS = 1000;
const POSTPONED_FILL = 0.5;
/** After so much concealment it is faded to half, and NetEQ waits for more audio before it goes on. Estimated. */
const HALF_FADED_MS = 50;
const ABOVE_TARGET_MS = 50;
const FAST_FACTOR = 4;

/** NetEQ's decision for a tick (libwebrtc neteq/decision_logic.cc, revision 54e924ae, in our words). Pure. */
export function decide(state: DecisionState): Operation {
  const { leapMs, lastMode, generatedMs, targetMs, spanMs } = state;
  if (leapMs === undefined || isPostponed(state)) return withoutPacket(state);
  if (leapMs === 0) return withExpectedPacket(state);
  if (leapMs > generatedMs && spanMs <= targetMs + ABOVE_TARGET_MS) return withoutPacket(state);
  if (lastMode === 'expanded') return 'merge';
  return lastMode === 'noise' ? 'normal' : 'expand';
}

function withoutPacket({ lastMode, generatedMs }: DecisionState): Operation {
  return lastMode === 'noise' && generatedMs <= NOISE_TIMEOUT_MS ? 'noise' : 'expand';
}

function withExpectedPacket(state: DecisionState): Operation {
  const { lastMode, playoutDelayMs, highMs, targetMs } = state;
  if (lastMode === 'expanded') return 'normal';
  // Fast acceleration is off by default: it then cuts no more than the other, but is not held back.
  if (playoutDelayMs >= FAST_FACTOR * highMs) return 'accelerate';
  if (state.stretching === 'too-soon') return 'normal';
  if (playoutDelayMs >= highMs) return 'accelerate';
  return playoutDelayMs < targetMs ? 'preemptive-expand' : 'normal';
}

/** Audio does not begin again right after a pause or a long concealment before there is some in hand. */
function isPostponed(state: DecisionState): boolean {
  const { spanMs, targetMs, hasSilencePacket, lastMode, generatedMs } = state;
  if (spanMs >= targetMs * POSTPONED_FILL || hasSilencePacket === 'yes') return false;
  return lastMode === 'noise' || (lastMode === 'expanded' && generatedMs >= HALF_FADED_MS);
}
