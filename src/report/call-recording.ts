import type { ArrivalTrace } from '../analysis/arrival-trace.js';
import { CellTrack } from '../analysis/cell-track.js';
import { isUsed, type NetworkAnalysis } from '../analysis/network-analysis.js';
import type { PacketFate } from '../analysis/packet-fates.js';
import { type AudioFrame, TICKS_PER_MS, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import type { FrameTally } from '../replay/frame-tally.js';
import { BinnedSeries } from './binned-series.js';
import { type CallAudio, CallAudioRecorder } from './call-audio.js';
import type { SeriesName } from './page-data.js';

export const FATES: readonly PacketFate[] = ['received', 'discarded', 'lost'];

const FIRST_BIN_MS = 20;
/** An hour in bins of 80 ms. */
const MAX_BINS = 1 << 16;
const MAX_LEVEL_BINS = 1 << 18;
const PLAYED_MS = 10;

/** Keeps of a replay what its page draws and plays, in memory that hardly grows with the call. */
export class CallRecording {
  readonly #ticksPerSample: number;
  readonly #audio: CallAudioRecorder;
  readonly #series = new Map<SeriesName, BinnedSeries>();
  /** Peaks of the samples, 0..256 for 0..full scale. */
  readonly #level = new BinnedSeries(FIRST_BIN_MS, MAX_LEVEL_BINS);
  #playedSamples = 0;

  /** @param durationMs - of the call, about: it decides on the bit rate of the sound */
  constructor(sampleRateHz: number, durationMs: number) {
    this.#ticksPerSample = TICKS_PER_SECOND / sampleRateHz;
    this.#audio = new CallAudioRecorder(sampleRateHz, durationMs);
  }

  add({ mediaTicks, latencyUs, version, provenance, pcm }: AudioFrame): void {
    const sample = Math.round(mediaTicks / this.#ticksPerSample);
    if (version > 0) {
      this.#audio.addRepair(sample, pcm);
      return;
    }
    this.#put('latency', mediaTicks / TICKS_PER_MS, latencyUs / 1000);
    this.#addSound(sample, pcm);
    if (provenance === 'plc') this.#audio.markMadeUp(sample, pcm.length);
  }

  addPlayed(frame: PlayoutFrame): void {
    const { isPlaying, provenance, delayMs, targetDelayMs, bufferedMs, pcm } = frame;
    const sample = this.#playedSamples;
    this.#playedSamples += pcm.length;
    const atMs = (sample / pcm.length) * PLAYED_MS;
    this.#addSound(sample, pcm);
    if (!isPlaying) return;
    if (provenance === 'plc') this.#audio.markMadeUp(sample, pcm.length);
    this.#put('latency', atMs, delayMs);
    this.#put('target', atMs, targetDelayMs);
    this.#put('buffer', atMs, bufferedMs);
  }

  /** Takes what is told from the packets. Nothing may be added behind it. */
  finish(trace: ArrivalTrace, { path }: NetworkAnalysis, tally: FrameTally): RecordedCall {
    for (const packet = trace.cursor(); packet.next(); ) {
      if (packet.durationTicks === 0) continue;
      this.#put('network', packet.mediaTicks / TICKS_PER_MS, path.excessUs(packet) / 1000);
    }
    return {
      series: new Map([...this.#series].map(([name, series]) => [name, series.bins()])),
      level: this.#level.bins(),
      fates: fateTrack(trace, tally),
      audio: this.#audio.finish(),
    };
  }

  #put(name: SeriesName, atMs: number, value: number): void {
    let series = this.#series.get(name);
    if (series === undefined) {
      series = new BinnedSeries(FIRST_BIN_MS, MAX_BINS);
      this.#series.set(name, series);
    }
    series.add(atMs, value);
  }

  #addSound(sample: number, pcm: Int16Array): void {
    this.#audio.add(sample, pcm);
    let peak = 0;
    for (let at = 0; at < pcm.length; at++) {
      const size = Math.abs(pcm[at] as number);
      if (size > peak) peak = size;
    }
    this.#level.add((sample * this.#ticksPerSample) / TICKS_PER_MS, peak / 128);
  }
}

export interface RecordedCall {
  readonly series: ReadonlyMap<SeriesName, ReturnType<BinnedSeries['bins']>>;
  /** Peaks of the samples, 0..256 for 0..full scale. */
  readonly level: ReturnType<BinnedSeries['bins']>;
  /** What became of the packets, on the sender's time line. */
  readonly fates: CellTrack<PacketFate>;
  readonly audio: CallAudio;
}

/** Longest hole in the numbers that is drawn as loss: a minute. */
const MAX_LOSS_TICKS = 60 * TICKS_PER_SECOND;

function fateTrack(trace: ArrivalTrace, { handedOut }: FrameTally): CellTrack<PacketFate> {
  const track = new CellTrack(FATES);
  let newest: { sequence: number; endTicks: number } | undefined;
  for (const packet = trace.cursor(); packet.next(); ) {
    const { sequence, mediaTicks, durationTicks } = packet;
    if (newest !== undefined && sequence > newest.sequence + 1) {
      const missingTicks = mediaTicks - newest.endTicks;
      if (missingTicks < MAX_LOSS_TICKS) track.mark(newest.endTicks, missingTicks, 'lost');
    }
    // A packet that was overtaken fills what its absence had left.
    track.mark(mediaTicks, durationTicks, isUsed(packet, handedOut) ? 'received' : 'discarded');
    if (newest === undefined || sequence > newest.sequence) {
      newest = { sequence, endTicks: mediaTicks + durationTicks };
    }
  }
  return track;
}
