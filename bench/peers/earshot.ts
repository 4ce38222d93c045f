import { createSocket } from 'node:dgram';
import { opusFeatures } from '../../src/receiver/opus-features.js';
import { Child } from './child.js';
import { type Contender, type Counters, type OutputChunk, Unavailable } from './contender.js';
import { readCpu } from './cpu.js';

/** Earshot's receiver by plain UDP, in the way that `module` runs it. */
function earshot(name: string, module: URL): Contender {
  return {
    name,
    cpuCovers: "time inside the engine's calls; process with the UDP socket, no SRTP",
    async open() {
      const child = new Child(module);
      const socket = createSocket('udp4');
      const port = await child.ask<number>('listen').catch(async (error: unknown) => {
        socket.close();
        await child.close();
        throw new Unavailable(error instanceof Error ? error.message : String(error));
      });
      return {
        version: opusFeatures().version,
        send: (packet) => socket.send(packet, port, '127.0.0.1'),
        async cpu() {
          const process = readCpu(child.pid);
          return process && { ...process, audioUs: await child.ask<number>('engineUs') };
        },
        readCounters: () => child.ask<Counters>('readCounters'),
        async finish() {
          await child.ask('end');
          return await child.ask<Counters>('readCounters');
        },
        readOutput: () => child.ask<OutputChunk[]>('readOutput'),
        async close() {
          socket.close();
          await child.close();
        },
      };
    },
  };
}

export const earshotRecognizer: Contender = earshot(
  'Earshot recognizer',
  new URL('./earshot-recognizer.js', import.meta.url),
);

export const earshotPlayout: Contender = earshot(
  'Earshot playout',
  new URL('./earshot-playout.js', import.meta.url),
);
