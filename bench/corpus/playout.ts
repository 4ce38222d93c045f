import { Receiver } from '../../src/index.js';
import { type CapturedCall, quantile } from './call.js';

/** What a listener got of a call. */
export interface PlayoutOutcome {
  /** Time a sample is played after its packet would have come over the path at its best, over speech, ms. */
  readonly meanDelayMs: number;
  readonly p95DelayMs: number;
  readonly maxDelayMs: number;
  readonly concealedPercent: number;
  /** By NetEQ's own exchange rate: 20 ms of delay for one percent concealed. */
  readonly cost: number;
  readonly removedPercent: number;
  readonly insertedPercent: number;
  readonly droppedPercent: number;
  /** 10 ms at a time, from the first tick on. */
  readonly pcm: readonly Int16Array[];
}

export interface PlayoutSettings {
  /** How long after a multiple of 10 ms the listener's ticks come, µs. */
  readonly phaseUs: number;
  /** @defaultValue the receiver's */
  readonly maxDelayMs?: number;
  /** @defaultValue 16000 */
  readonly sampleRateHz?: number;
}

const TICK_US = 10_000;
/** Audio above this counts as speech, dB relative to full scale. */
const SPEECH_DB = -50;
/** Ticks after the last packet, so that all of it is played. */
const TAIL_US = 500_000;

/** Plays a captured call: packets as they arrived, a pull every 10 ms. */
export function measurePlayout(call: CapturedCall, settings: PlayoutSettings): PlayoutOutcome {
  const { phaseUs, maxDelayMs, sampleRateHz = 16_000 } = settings;
  const receiver = new Receiver({
    mode: 'playout',
    sampleRateHz,
    ...(maxDelayMs === undefined ? {} : { maxDelayMs }),
  });
  const { packets } = call;
  const firstUs = packets[0]?.atUs ?? 0;
  const lastUs = packets.at(-1)?.atUs ?? 0;
  const delaysMs: number[] = [];
  const pcm: Int16Array[] = [];
  let next = 0;
  let concealedMs = 0;
  let playedMs = 0;
  const startUs = Math.ceil(firstUs / TICK_US) * TICK_US + phaseUs;
  for (let nowUs = startUs; nowUs < lastUs + TAIL_US; nowUs += TICK_US) {
    for (let packet = packets[next]; packet && packet.atUs <= nowUs; packet = packets[++next]) {
      receiver.push([{ data: packet.data, arrivalUs: packet.atUs }]);
    }
    if (next === packets.length) receiver.end();
    const frame = receiver.pull10ms(nowUs);
    pcm.push(frame.pcm.slice());
    // What follows the last audio is nobody's delay or concealment.
    const isOver = next === packets.length && frame.provenance === 'dtx';
    if (!frame.isPlaying || isOver) continue;
    playedMs += 10;
    concealedMs += frame.concealedMs;
    const isReal = frame.provenance === 'received' || frame.provenance === 'fec';
    if (!isReal || frame.concealedMs > 5 || levelDb(frame.pcm) < SPEECH_DB) continue;
    delaysMs.push((nowUs - call.lineUs(frame.mediaTicks + call.packetTicks)) / 1000);
  }
  const { playout } = receiver.stats();
  receiver.close();
  const meanDelayMs = delaysMs.reduce((sum, one) => sum + one, 0) / delaysMs.length;
  const concealedPercent = (100 * concealedMs) / playedMs;
  const percent = (ms: number): number => (100 * ms) / playout.playedMs;
  return {
    meanDelayMs,
    p95DelayMs: quantile(delaysMs, 0.95),
    maxDelayMs: quantile(delaysMs, 1),
    concealedPercent,
    cost: meanDelayMs + 20 * concealedPercent,
    removedPercent: percent(playout.removedMs),
    insertedPercent: percent(playout.insertedMs),
    droppedPercent: percent(playout.droppedMs),
    pcm,
  };
}

/** Delay of what is played from `fromUs` on, in ticks of 10 ms: for looking at what follows a stall or a step, ms. */
export function followDelay(
  call: CapturedCall,
  phaseUs: number,
  visit: (nowUs: number, delayMs: number) => void,
): void {
  const receiver = new Receiver({ mode: 'playout' });
  const { packets } = call;
  let next = 0;
  const firstUs = packets[0]?.atUs ?? 0;
  const startUs = Math.ceil(firstUs / TICK_US) * TICK_US + phaseUs;
  for (let nowUs = startUs; next < packets.length; nowUs += TICK_US) {
    for (let packet = packets[next]; packet && packet.atUs <= nowUs; packet = packets[++next]) {
      receiver.push([{ data: packet.data, arrivalUs: packet.atUs }]);
    }
    const { isPlaying, concealedMs, mediaTicks } = receiver.pull10ms(nowUs);
    if (!isPlaying || concealedMs > 0) continue;
    visit(nowUs - firstUs, (nowUs - call.lineUs(mediaTicks + call.packetTicks)) / 1000);
  }
  receiver.close();
}

function levelDb(pcm: Int16Array): number {
  const energy = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
  return 10 * Math.log10(energy / 2 ** 30 + 1e-13);
}
