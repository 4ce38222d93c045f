import { ssrcText } from '../capture/ssrc-text.js';
import type { ReplayReport } from '../replay/report.js';

/** The report for people: what the network did, what was made of it, how long it took. */
export function summarize(report: ReplayReport): string {
  const { capture, packets, audio, latencyMs, network, cost } = report;
  const { ssrc, codecs } = capture.stream;
  const played = Object.entries(codecs).map(([type, rtpmap]) => `${rtpmap} (payload type ${type})`);
  return [
    `${capture.file} (${capture.format}): ${(capture.durationMs / 1000).toFixed(1)} s, SSRC ${ssrcText(ssrc)}, ${played.join(', ')}`,
    ...(report.speech === undefined ? [] : [describeSpeech(report.speech)]),
    '',
    `packets   ${counts(packets)}`,
    `audio     ${(audio.emittedMs / 1000).toFixed(2)} s: ${provenance(report)}`,
    `          concealed ${percent(audio.concealedRatio)} in ${audio.concealmentEvents} events`,
    `latency   ${percentiles(latencyMs)} ms over the minimum-delay line`,
    ...(report.playout === undefined ? handedOut(report) : heard(report.playout)),
    ...(network.untracedPackets === 0
      ? []
      : [
          `network   told without the last ${network.untracedPackets} packets: the call is too long`,
        ]),
    ...(cost === undefined
      ? []
      : [`cost      ${(cost.nsPer10ms / 1000).toFixed(1)} µs for 10 ms of audio`]),
  ].join('\n');
}

/** The report of one capture among many. */
export function summarizeInOneLine(report: ReplayReport): string {
  const { capture, packets, audio, latencyMs, speech } = report;
  return [
    `${capture.file}: ${(capture.durationMs / 1000).toFixed(1)} s`,
    `received ${packets.received}`,
    `lost ${packets.lost}`,
    `concealed ${percent(audio.concealedRatio)}`,
    `latency p50 ${latencyMs.p50.toFixed(1)} p95 ${latencyMs.p95.toFixed(1)} ms`,
    ...(speech === undefined ? [] : [`headers alone, given ${speech.speech}`]),
  ].join('  ');
}

function describeSpeech(report: NonNullable<ReplayReport['speech']>): string {
  const { speech, bitrateBps, frameMs, fec, clockRateHz, tracedPayloadType } = report;
  return (
    `headers alone (payload type ${tracedPayloadType}, ${clockRateHz} Hz): given ${speech} as Opus, ${frameMs} ms a packet, ` +
    `${(bitrateBps / 1000).toFixed(1)} kbit/s, FEC ${fec}`
  );
}

function handedOut({ deadline, repairs }: ReplayReport): string[] {
  return [
    `deadline  ${deadline.ms} ms, missed ${deadline.misses} times`,
    `repairs   ${repairs.count} of ${repairs.frames} frames, ${repairs.repairedMs} ms of audio`,
  ];
}

function heard(playout: NonNullable<ReplayReport['playout']>): string[] {
  const { meanDelayMs, meanTargetDelayMs, removedMs, insertedMs, droppedMs } = playout;
  return [
    `playout   delay ${meanDelayMs.toFixed(1)} ms on average, aimed at ${meanTargetDelayMs.toFixed(1)} ms`,
    `          ${removedMs.toFixed(0)} ms taken out, ${insertedMs.toFixed(0)} ms put in, ${droppedMs.toFixed(0)} ms dropped`,
  ];
}

function provenance({ audio }: ReplayReport): string {
  return Object.entries(audio.provenanceMs)
    .filter(([, ms]) => ms > 0)
    .map(([name, ms]) => `${name} ${percent(ms / audio.emittedMs)}`)
    .join(', ');
}

function counts(values: object): string {
  return Object.entries(values)
    .map(([name, count]) => `${name} ${count}`)
    .join('  ');
}

function percentiles(values: object): string {
  return Object.entries(values)
    .map(([name, ms]) => `${name} ${Number(ms).toFixed(1)}`)
    .join('  ');
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`;
}
