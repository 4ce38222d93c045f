import type { ReplayReport } from '../replay/report.js';

/** The report for people: what the network did, what was made of it, how long it took. */
export function summarize(report: ReplayReport): string {
  const { capture, packets, audio, latencyMs, deadline, repairs, cost } = report;
  const { ssrc, payloadType } = capture.stream;
  return [
    `${capture.file} (${capture.format}): ${(capture.durationMs / 1000).toFixed(1)} s, SSRC ${ssrc}, payload type ${payloadType}`,
    '',
    `packets   ${counts(packets)}`,
    `audio     ${(audio.emittedMs / 1000).toFixed(2)} s: ${provenance(report)}`,
    `          concealed ${percent(audio.concealedRatio)} in ${audio.concealmentEvents} events`,
    `latency   ${percentiles(latencyMs)} ms over the minimum-delay line`,
    `deadline  ${deadline.ms} ms, missed ${deadline.misses} times`,
    `repairs   ${repairs.count}, ${repairs.repairedMs} ms of audio`,
    ...(cost === undefined
      ? []
      : [`cost      ${(cost.nsPer10ms / 1000).toFixed(1)} µs for 10 ms of audio`]),
  ].join('\n');
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
