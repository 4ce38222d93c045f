import { resolveReceiverOptions } from '../receiver/options.js';
import { USUAL_RATES_HZ } from '../replay/replay-options.js';
import type { ReplayReport } from '../replay/report.js';

/** What is spoken when nothing else is given (src/replay/spoken-trace.ts). */
const SYNTHETIC = 'synthetic voice';

/** The command line that gives a report again. */
export function replayCommandOf(report: ReplayReport): string {
  const { capture, config } = report;
  const usual = resolveReceiverOptions({ mode: config.mode });
  const flags: string[] = [];
  const add = (flag: string, value: string | number | undefined, unless?: unknown): void => {
    if (value !== undefined && value !== unless) flags.push(flag, quoted(String(value)));
  };
  add('--mode', config.mode, 'recognizer');
  // Each means nothing in the other mode.
  if (config.mode === 'playout') {
    add('--max-delay-ms', config.maxDelayMs, usual.maxDelayMs);
  } else {
    add('--deadline-ms', config.deadlineMs, usual.deadlineMs);
    add('--eagerness', config.eagerness, usual.eagerness);
  }
  const mode = config.mode === 'playout' ? 'playout' : 'recognizer';
  add('--sample-rate', config.sampleRateHz, USUAL_RATES_HZ[mode]);
  add('--libopus', config.libopus);
  add('--concealment', config.concealment, usual.concealment);
  add('--ssrc', capture.stream.ssrc);
  const codecs = report.speech === undefined ? capture.stream.codecs : {};
  for (const [type, rtpmap] of Object.entries(codecs)) {
    add('--codec', `${type}=${rtpmap}`);
  }
  // Packets without payload are Opus of our own making, whatever codec the capture had.
  if (report.speech !== undefined) {
    add('--speech', report.speech.speech, SYNTHETIC);
    add('--speech-fec', report.speech.fec, 'off');
  }
  return ['earshot replay', quoted(capture.file), ...flags, '--html report.html'].join(' ');
}

/** As a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
