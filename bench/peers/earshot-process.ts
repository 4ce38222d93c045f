// Runs in a process of its own: an engine of Earshot on a UDP port, in real time.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Receiver, systemClock } from '../../src/index.js';
import { answerParent } from './child.js';
import type { Counters, OutputChunk } from './contender.js';

/** Takes PCM that an engine hands out; it is valid only during the call. */
export type Visit = (pcm: Int16Array) => void;

/** A way to run the receiver: what the process does when a packet comes and when a time has come. */
export interface Engine {
  readonly sampleRateHz: number;
  push(packet: Uint8Array, nowUs: number, visit: Visit): void;
  /** When `wake` is to be called, absolute µs; undefined for not at all. */
  wakeupUs(): number | undefined;
  wake(nowUs: number, visit: Visit): void;
  /** No packet comes any more. */
  end(nowUs: number, visit: Visit): void;
  counters(): Counters;
}

/** All of a receiver's counters that are compared but one, which the engine has to count. */
export function countersOf(receiver: Receiver): Omit<Counters, 'fecFramesPlayed'> {
  const stats = receiver.stats().webrtcStats;
  return {
    packetsReceived: stats.packetsReceived,
    totalSamplesReceived: stats.totalSamplesReceived,
    concealedSamples: stats.concealedSamples,
    insertedSamplesForDeceleration: stats.insertedSamplesForDeceleration,
    removedSamplesForAcceleration: stats.removedSamplesForAcceleration,
    jitterBufferDelay: stats.jitterBufferDelay,
    jitterBufferEmittedCount: stats.jitterBufferEmittedCount,
  };
}

/** Runs an engine for the parent process; the engine's share of the time is kept apart. */
export function hostEngine(engine: Engine): void {
  const { sampleRateHz } = engine;
  const chunks: OutputChunk[] = [];
  const socket = createSocket('udp4');
  let engineUs = 0;
  let cancelWakeup = (): void => {};

  const call = (work: (nowUs: number, visit: Visit) => void): void => {
    const startUs = systemClock.nowUs();
    const startNs = process.hrtime.bigint();
    work(startUs, (pcm) => chunks.push({ outUs: startUs, sampleRateHz, pcm: pcm.slice() }));
    engineUs += Number(process.hrtime.bigint() - startNs) / 1000;
    cancelWakeup();
    const atUs = engine.wakeupUs();
    if (atUs === undefined) return;
    cancelWakeup = systemClock.wakeAt(atUs, () =>
      call((nowUs, visit) => engine.wake(nowUs, visit)),
    );
  };
  socket.on('message', (packet) => call((nowUs, visit) => engine.push(packet, nowUs, visit)));

  answerParent({
    async listen() {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      call(() => {}); // A playout clock starts before the first packet, as that of a sound device.
      return socket.address().port;
    },
    engineUs: () => engineUs,
    readCounters: () => engine.counters(),
    end: () => call((nowUs, visit) => engine.end(nowUs, visit)),
    readOutput: () => chunks,
  });
}
