import type { ReplayReport } from '../../replay/report.js';
import { count, duration, milliseconds, percent, plural } from './format.js';

/** What happened to a call: a headline and the sentences that bear it out. */
export interface Verdict {
  readonly grade: 'good' | 'fair' | 'poor';
  readonly headline: string;
  readonly sentences: readonly string[];
}

/** Beyond it speech is lost wherever one listens. */
const POOR_RATIO = 0.03;
const CLEAN_RATIO = 0.001;

export function verdictOf(report: ReplayReport): Verdict {
  const { audio, interruptions } = report;
  const sentences = [network(report), made(report), handed(report)];
  if (interruptions.count === 0 && audio.concealedRatio < CLEAN_RATIO) {
    return { grade: 'good', headline: 'This call came through whole.', sentences };
  }
  if (interruptions.count === 0 && audio.concealedRatio < POOR_RATIO) {
    return {
      grade: 'fair',
      headline: 'Small gaps, none of them long enough to be heard as a break.',
      sentences,
    };
  }
  const breaks =
    interruptions.count === 0
      ? `${percent(audio.concealedRatio)} of this call had to be made up, in many small gaps.`
      : `This call broke off ${times(interruptions.count)}, for ${duration(interruptions.longestConcealmentMs)} at the worst.`;
  return { grade: 'poor', headline: breaks, sentences };
}

function network({ packets, network: { delayMs, delaySpikes } }: ReplayReport): string {
  const sent = packets.received + packets.lost;
  const lost =
    packets.lost === 0
      ? 'The network lost nothing'
      : `The network lost ${percent(packets.lost / Math.max(1, sent))} of ${count(sent)} packets`;
  const spikes =
    delaySpikes.count === 0
      ? ''
      : `, and it held packets up by ${delaySpikes.thresholdMs} ms and more ${times(delaySpikes.count)}`;
  return `${lost}; half of the packets that came took at most ${milliseconds(delayMs.p50)} ms longer than the fastest, 99 of 100 at most ${milliseconds(delayMs.p99)} ms${spikes}.`;
}

function made({ audio, recovery, repairs }: ReplayReport): string {
  const copiesMs = recovery.red.ms + recovery.fec.ms + recovery.dred.ms;
  const recovered = copiesMs === 0 ? '' : ` ${duration(copiesMs)} came from copies;`;
  const madeUp =
    audio.provenanceMs.plc === 0
      ? ' nothing had to be made up'
      : ` ${duration(audio.provenanceMs.plc)} (${percent(audio.concealedRatio)}) had to be made up, in ${plural(audio.concealmentEvents, 'place')}`;
  const repaired =
    repairs.count === 0
      ? ''
      : `, and late packets put ${duration(repairs.repairedMs)} right afterwards`;
  return `Of ${duration(audio.emittedMs)} of audio,${recovered}${madeUp}${repaired}.`;
}

function handed({ config, latencyMs, playout }: ReplayReport): string {
  if (playout !== undefined) {
    return `A listener heard it ${milliseconds(playout.meanDelayMs)} ms behind the fastest the network can do, ${milliseconds(latencyMs.max)} ms at most.`;
  }
  return `A recognizer had half of it within ${milliseconds(latencyMs.p50)} ms and 99 % within ${milliseconds(latencyMs.p99)} ms, of ${config.deadlineMs} ms allowed.`;
}

function times(number: number): string {
  return number === 1 ? 'once' : number === 2 ? 'twice' : `${count(number)} times`;
}
