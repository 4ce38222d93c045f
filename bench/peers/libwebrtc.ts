import { createRequire } from 'node:module';
import { Child } from './child.js';
import { type Contender, type Counters, type OutputChunk, Unavailable } from './contender.js';
import { readCpu } from './cpu.js';
import { countersOf, type InboundRtpStats, WebrtcSender } from './webrtc-sender.js';

// Thread of the audio device that libwebrtc plays to here: it asks NetEQ for 10 ms every 10 ms.
const AUDIO_THREAD = 'TestAudioDevice';

/** libwebrtc itself, as npm `@roamhq/wrtc` carries it. */
export const libwebrtc: Contender = {
  name: 'libwebrtc',
  cpuCovers: `thread ${AUDIO_THREAD} (NetEQ's output side, Opus, mixing); process with DTLS-SRTP and the sink`,
  async open() {
    const child = new Child(new URL('./libwebrtc-process.js', import.meta.url));
    const sender = new WebrtcSender();
    const close = async (): Promise<void> => {
      await sender.close();
      await child.close();
    };
    try {
      await sender.connect((sdp) => child.ask<string>('answer', sdp));
    } catch (error) {
      await close();
      throw new Unavailable(error instanceof Error ? error.message : String(error));
    }
    const readCounters = async (): Promise<Counters> =>
      countersOf(await child.ask<InboundRtpStats | undefined>('readStats'));
    return {
      version: `@roamhq/wrtc ${packageVersion()}`,
      send: (packet) => sender.send(packet),
      cpu: async () => readCpu(child.pid, AUDIO_THREAD),
      readCounters,
      finish: readCounters,
      readOutput: () => child.ask<OutputChunk[]>('readOutput'),
      close,
    };
  },
};

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('@roamhq/wrtc/package.json') as {
    readonly version: string;
  };
  return version;
}
