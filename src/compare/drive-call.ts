import { setImmediate } from 'node:timers/promises';
import type { AudioFrame } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import type { Receiver } from '../receiver/receiver.js';
import type { TimedPacket } from '../simulate/delivery.js';
import type { Retransmission } from './retransmission.js';

/** What a receiver gave, as it gave it. PCM is valid only during the call. */
export interface Listener {
  onArrival(packet: TimedPacket): void;
  onFrame(frame: AudioFrame): void;
  onPlayed(frame: PlayoutFrame, atUs: number): void;
}

const TICK_US = 10_000;
const PACKETS_A_TURN = 1000;
/** What is here when the call ends is at most the greatest delay and the frame behind it. */
const MAX_TICKS_AFTER_END = 120;
/** A hostile capture may be a week of pauses, of which every 10 ms would be played. */
const MAX_CALL_US = 12 * 3600 * 1_000_000;

/**
 * Runs a receiver in the time of a call. What arrives at a time is pushed before that time is polled or played; what the
 * receiver asks for is sent again where there is a sender to ask.
 *
 * @throws whatever `signal` was aborted with
 */
export async function driveCall(
  receiver: Receiver,
  arrivals: Iterable<TimedPacket>,
  sender: Retransmission | undefined,
  listener: Listener,
  signal?: AbortSignal,
): Promise<void> {
  const isPlayed = receiver.config.mode === 'playout';
  const incoming = arrivals[Symbol.iterator]();
  let next = incoming.next();
  let tickUs: number | undefined;
  let lastWakeUs = Number.NEGATIVE_INFINITY;
  let nowUs = 0;
  let startUs: number | undefined;
  let packets = 0;

  const serve = (): void => {
    if (isPlayed) {
      if (tickUs === nowUs) {
        listener.onPlayed(receiver.pull10ms(nowUs), nowUs);
        tickUs += TICK_US;
      }
    } else {
      receiver.drain(nowUs, (frame) => listener.onFrame(frame));
    }
    if (sender !== undefined) sender.request(receiver.nackRequests(nowUs), nowUs);
  };

  for (;;) {
    const arrivalUs = Math.min(
      next.done ? Number.POSITIVE_INFINITY : next.value.atUs,
      sender?.next?.atUs ?? Number.POSITIVE_INFINITY,
    );
    if (arrivalUs === Number.POSITIVE_INFINITY) break;
    startUs ??= arrivalUs;
    if (arrivalUs - startUs > MAX_CALL_US) break;
    tickUs ??= isPlayed ? Math.ceil(arrivalUs / TICK_US) * TICK_US : undefined;
    const wakeUs = isPlayed ? tickUs : receiver.nextWakeup();
    if (wakeUs !== undefined && wakeUs < arrivalUs && wakeUs > lastWakeUs) {
      nowUs = wakeUs;
      lastWakeUs = wakeUs;
      serve();
      continue;
    }
    nowUs = arrivalUs;
    lastWakeUs = Number.NEGATIVE_INFINITY;
    while (!next.done && next.value.atUs === nowUs) {
      push(receiver, next.value, listener);
      next = incoming.next();
      packets++;
    }
    while (sender?.next !== undefined && sender.next.atUs <= nowUs) {
      push(receiver, { ...(sender.take() as TimedPacket), atUs: nowUs }, listener);
    }
    serve();
    if (packets < PACKETS_A_TURN) continue;
    packets = 0;
    await setImmediate();
    signal?.throwIfAborted();
  }
  if (startUs === undefined) return;
  receiver.end();
  if (!isPlayed) {
    receiver.drain(nowUs, (frame) => listener.onFrame(frame));
    return;
  }
  for (let tick = 0; tick < MAX_TICKS_AFTER_END; tick++) {
    const frame = receiver.pull10ms(tickUs as number);
    listener.onPlayed(frame, tickUs as number);
    tickUs = (tickUs as number) + TICK_US;
    if (frame.bufferedMs === 0) return;
  }
}

function push(receiver: Receiver, packet: TimedPacket, listener: Listener): void {
  receiver.push([{ data: packet.data, arrivalUs: packet.atUs }]);
  listener.onArrival(packet);
}
