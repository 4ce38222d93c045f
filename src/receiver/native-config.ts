import type { NativeReceiverConfig } from './native-module.js';
import type { ReceiverConfig, ReceiverMode } from './options.js';

/** In the engine's order (Readers in native/receiver/timeline_writer.h). */
const MODES: readonly ReceiverMode[] = ['recognizer', 'playout', 'both'];

/** Processor time for deep concealment in 10 ms, µs: about one stream in a burst of loss. */
export const DEEP_PLC_US_PER_TICK = 2000;

/** What the engine takes for the options of a receiver. */
export function toNativeConfig(config: ReceiverConfig): NativeReceiverConfig {
  const toUs = (ms: number): number => Math.round(ms * 1000);
  return {
    readers: MODES.indexOf(config.mode),
    sampleRateHz: config.sampleRateHz,
    channels: config.channels,
    deadlineUs: toUs(config.deadlineMs),
    eagernessThousandths: Math.round(config.eagerness * 1000),
    codecs: codecsOf(config),
    captureTimeExtension: config.captureTimeExtension ?? 0,
    maxFillUs: toUs(config.maxFillMs),
    minDelayUs: toUs(config.minDelayMs),
    maxDelayUs: toUs(config.maxDelayMs),
    libopus: config.libopus,
    deepPlcUsPerTick: config.concealment === 'deep' ? DEEP_PLC_US_PER_TICK : 0,
  };
}

/** Payload type and rtpmap in turn. */
function codecsOf({ codecs, payloadType }: ReceiverConfig): readonly (number | string)[] {
  if (payloadType !== undefined) return [payloadType, 'opus/48000/2'];
  return Object.entries(codecs ?? {}).flatMap(([type, rtpmap]) => [Number(type), rtpmap]);
}
