import { existsSync } from 'node:fs';
import type { Browser, BrowserServer, Page } from 'playwright-core';
import { systemClock } from '../../src/index.js';
import {
  type Contender,
  type Counters,
  type OpenContender,
  type OutputChunk,
  Unavailable,
} from './contender.js';
import { readCpu } from './cpu.js';
import { countersOf, type InboundRtpStats, WebrtcSender } from './webrtc-sender.js';

const PLACES = [
  process.env.EARSHOT_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];
// The thread on which Chromium's sound output asks WebRTC for audio; the kernel keeps 15 letters of a name.
const AUDIO_THREAD = 'AudioOutputDevi';
/** Never asked of a name server: the page is given to the browser by hand. */
const PAGE_URL = 'https://peers.example/';
const CLOCK_READINGS = 40;

// Runs in the page. The track is played, as in a call, and tapped; a tap alone would not start the sound output.
const RECEIVE = `async (sdp) => {
  const peer = (globalThis.peer = new RTCPeerConnection());
  globalThis.chunks = [];
  peer.ontrack = async ({ track }) => {
    const audio = document.querySelector('audio');
    audio.srcObject = new MediaStream([track]);
    audio.play();
    // Room for seconds: what a busy page does not fetch in time would be lost.
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 500 }).readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      chunks.push({ timestampUs: value.timestamp, sampleRateHz: value.sampleRate, samples });
      value.close();
    }
  };
  await peer.setRemoteDescription({ type: 'offer', sdp });
  await peer.setLocalDescription(await peer.createAnswer());
  await new Promise((resolve) => {
    const check = () => peer.iceGatheringState === 'complete' && resolve();
    peer.onicegatheringstatechange = check;
    check();
  });
  return peer.localDescription.sdp;
}`;
const READ_STATS = `(async () => {
  for (const report of (await peer.getStats()).values()) {
    if (report.type === 'inbound-rtp') return report;
  }
})()`;
const READ_OUTPUT = `(async () => {
  const bytes = new Blob(chunks.map(({ samples }) => samples));
  const url = await new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(bytes);
  });
  return {
    base64: url.slice(url.indexOf(',') + 1),
    chunks: chunks.map(({ timestampUs, sampleRateHz, samples }) => [timestampUs, sampleRateHz, samples.length]),
  };
})()`;

/** Chromium without a window, receiving a call as a page does. */
export const chromium: Contender = {
  name: 'Chromium',
  cpuCovers:
    "thread AudioOutputDevice (NetEQ's output side, Opus, mixing); all processes of the browser",
  async open() {
    const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
    if (executablePath === undefined) {
      throw new Unavailable('no Chromium; sudo apt-get install -y chromium');
    }
    const playwright = await import('playwright-core').catch(() => {
      throw new Unavailable('no playwright-core; npm ci');
    });
    let server: BrowserServer | undefined;
    try {
      server = await playwright.chromium.launchServer({
        executablePath,
        headless: true,
        args: ARGUMENTS,
      });
      const browser = await playwright.chromium.connect(server.wsEndpoint());
      return await receiveIn(server, browser);
    } catch (error) {
      await server?.close();
      throw new Unavailable(`Chromium: ${String(error).split('\n')[0]}`);
    }
  },
};

async function receiveIn(server: BrowserServer, browser: Browser): Promise<OpenContender> {
  const page = await browser.newPage();
  const body = '<!doctype html><audio></audio>';
  await page.route(PAGE_URL, (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(PAGE_URL);
  const pageStartUs = await measurePageStart(page);
  const sender = new WebrtcSender();
  await sender.connect((sdp) => page.evaluate<string>(`(${RECEIVE})(${JSON.stringify(sdp)})`));
  const readCounters = async (): Promise<Counters> =>
    countersOf(await page.evaluate<InboundRtpStats | undefined>(READ_STATS));
  return {
    version: browser.version(),
    send: (packet) => sender.send(packet),
    cpu: async () => readCpu(server.process().pid, AUDIO_THREAD),
    readCounters,
    finish: readCounters,
    async readOutput() {
      const output = await page.evaluate<PageOutput>(READ_OUTPUT);
      return chunksOf(output, pageStartUs);
    },
    async close() {
      await sender.close();
      await server.close();
    },
  };
}

/** Where the page's time began on the machine's monotonic clock: of many readings the one that took least counts. */
async function measurePageStart(page: Page): Promise<number> {
  let best = { tookUs: Number.POSITIVE_INFINITY, startUs: 0 };
  for (let i = 0; i < CLOCK_READINGS; i++) {
    const beforeUs = systemClock.nowUs();
    const pageMs = await page.evaluate<number>('performance.now()');
    const tookUs = systemClock.nowUs() - beforeUs;
    if (tookUs < best.tookUs) best = { tookUs, startUs: beforeUs + tookUs / 2 - pageMs * 1000 };
  }
  return best.startUs;
}

interface PageOutput {
  readonly base64: string;
  /** Time stamp in µs of the page's time, samples a second, samples. */
  readonly chunks: readonly (readonly [number, number, number])[];
}

function chunksOf({ base64, chunks }: PageOutput, pageStartUs: number): OutputChunk[] {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  const samples = new Float32Array(bytes.buffer);
  let at = 0;
  return chunks.map(([timestampUs, sampleRateHz, length]) => {
    const pcm = Int16Array.from(samples.subarray(at, at + length), (sample) =>
      Math.max(-32768, Math.min(32767, Math.round(sample * 32768))),
    );
    at += length;
    return { outUs: pageStartUs + timestampUs, sampleRateHz, pcm };
  });
}
