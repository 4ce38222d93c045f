// Runs in a process of its own: libwebrtc by @roamhq/wrtc, with a sink for what it plays.
import { systemClock } from '../../src/index.js';
import { answerParent } from './child.js';
import type { OutputChunk } from './contender.js';
import type { InboundRtpStats } from './webrtc-sender.js';

/** What is used of @roamhq/wrtc; its own types stand on those of a browser. */
interface Wrtc {
  readonly RTCPeerConnection: new () => Peer;
  readonly nonstandard: { readonly RTCAudioSink: new (track: unknown) => Sink };
}
interface Peer {
  ontrack: (event: { readonly track: unknown }) => void;
  onicegatheringstatechange: () => void;
  readonly iceGatheringState: string;
  readonly localDescription: { readonly sdp: string };
  setRemoteDescription(description: { readonly type: string; readonly sdp: string }): Promise<void>;
  createAnswer(): Promise<unknown>;
  setLocalDescription(description: unknown): Promise<void>;
  getStats(): Promise<ReadonlyMap<string, { readonly type: string }>>;
}
interface Sink {
  ondata: (data: { readonly samples: Int16Array; readonly sampleRate: number }) => void;
}

const chunks: OutputChunk[] = [];
let peer: Peer | undefined;
let sink: Sink | undefined;

async function answer(offerSdp: unknown): Promise<string> {
  const { default: wrtc } = (await import('@roamhq/wrtc')) as unknown as { default: Wrtc };
  const receiving = new wrtc.RTCPeerConnection();
  peer = receiving;
  receiving.ontrack = ({ track }) => {
    sink = new wrtc.nonstandard.RTCAudioSink(track);
    sink.ondata = ({ samples, sampleRate }) => {
      const outUs = systemClock.nowUs();
      chunks.push({ outUs, sampleRateHz: sampleRate, pcm: samples.slice() });
    };
  };
  await receiving.setRemoteDescription({ type: 'offer', sdp: String(offerSdp) });
  await receiving.setLocalDescription(await receiving.createAnswer());
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (receiving.iceGatheringState === 'complete') resolve();
    };
    receiving.onicegatheringstatechange = check;
    check();
  });
  return receiving.localDescription.sdp;
}

async function readStats(): Promise<InboundRtpStats | undefined> {
  for (const report of (await peer?.getStats())?.values() ?? []) {
    if (report.type === 'inbound-rtp') return report as unknown as InboundRtpStats;
  }
  return undefined;
}

answerParent({ answer, readStats, readOutput: () => chunks });
