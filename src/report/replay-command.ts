import { resolveReceiverOptions } from '../receiver/options.js';
import type { ReplayReport } from '../replay/report.js';

/** The command line that gives a report again. */
export function replayCommandOf(report: ReplayReport): string {
  const { capture, config } = report;
  const usual = resolveReceiverOptions({ mode: config.mode });
  const flags: string[] = [];
  const add = (flag: string, value: string | number | undefined, unless?: unknown): void => {
    if (value !== undefined && value !== unless) flags.push(flag, quoted(String(value)));
  };
  add('--mode', config.mode, 'recognizer');
  add('--deadline-ms', config.deadlineMs, usual.deadlineMs);
  add('--sample-rate', config.sampleRateHz, usual.sampleRateHz);
  add('--libopus', config.libopus);
  add('--concealment', config.concealment, usual.concealment);
  add('--ssrc', capture.stream.ssrc);
  for (const [type, rtpmap] of Object.entries(capture.stream.codecs)) {
    add('--codec', `${type}=${rtpmap}`);
  }
  return ['earshot replay', quoted(capture.file), ...flags, '--html report.html'].join(' ');
}

/** As a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
