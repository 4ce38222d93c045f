import { openCapture } from '../capture/capture.js';
import { capturesIn } from '../capture/capture-folder.js';
import { resolveReceiverOptions } from '../receiver/options.js';
import { replay } from '../replay/replay.js';
import type { ReplayOptions } from '../replay/replay-options.js';
import type { ReplayReport } from '../replay/report.js';
import { CAPTURE_FLAGS, CAPTURE_FLAGS_HELP, readSrtpKeys } from './capture-flags.js';
import { captureWarnings } from './capture-warnings.js';
import type { Command } from './command.js';
import { parseFlags, readChoice, readCodecs, readDecimal, readInteger } from './flags.js';
import { runInFolder } from './folder-run.js';
import { checkIsThere } from './input-file.js';
import { summarize, summarizeInOneLine } from './replay-summary.js';
import { complain, say } from './say.js';
import { readSpeech, SPEECH_FLAGS, SPEECH_FLAGS_HELP } from './speech-flags.js';
import { UsageError } from './usage-error.js';
import { writingInOrder } from './writing-in-order.js';

const HELP = `Runs a recorded call through the engine in the call's own time, as fast as the machine can, and measures it.
The same bytes and options give the same output on every run (but for cost).

Usage: earshot replay <capture or folder> [flags]

  <capture>            pcap, pcapng, rtpdump (binary or text), rtpproxy or Janus mjr; the stream with the most packets of
                       Opus, PCMU or PCMA is taken; or a timing trace without payload: CSV with the columns seq, rtp_ts,
                       arrival_us and, where known, payload_len, marker, pt, ssrc; or NDJSON with those names. Of a
                       folder, every capture: a line each
  --mode <mode>        recognizer: frames as early as they can be had; playout: what a listener would hear [recognizer]
  --deadline-ms <ms>   mode recognizer: longest wait behind the minimum-delay line, 0..1000 [150]
  --eagerness <x>      what delay weighs against words at a hole, as a multiple of the usual, 0..1000; 0 waits for the
                       deadline                            [1]
  --max-delay-ms <ms>  mode playout: greatest delay, 20..1000                             [1000]
  --sample-rate <hz>   8000, 12000, 16000, 24000 or 48000
                                            [16000, in mode playout 48000]
  --ssrc <n>           take this stream; decimal or 0x...
  --payload-type <n>   take Opus from this payload type, 0..127
${CAPTURE_FLAGS_HELP}  --libopus <path>     a shared libopus in place of the one that is built in
  --concealment <how>  classic, or deep with a libopus that can           [deep where it can]
${SPEECH_FLAGS_HELP}  --wav <file>         mono 16-bit PCM. recognizer: sample k is media position k from the first packet, repairs applied;
                       playout: what was heard, 10 ms after 10 ms from the first packet's arrival
  --html <file>        the report as one page to open in a browser, without network: time line, plots, and the sound to
                       hear as it arrived, as it was handed out and after repairs
  --frames <file>      a JSON line per frame, in mode playout per 10 ms: atUs, ts, durUs, from, version
  --json               the whole report as one object on stdout; of a folder an array of them

Example:
  earshot replay call.pcap --wav call.wav
  earshot replay trace.csv --speech prompt.wav --wav heard.wav
  earshot replay call.pcap --html call.html
  earshot replay call.pcap --mode playout --codec 94=L16/16000 --wav heard.wav

How to read it:
  packets    what the network did: lost never came, late came after its deadline, discarded was of no use
  audio      what the call is made of: received as sent, fec rebuilt from the next packet, plc made up by the
             codec, dtx and silence quiet on purpose
  latency    how long the engine held audio, over the fastest the network has shown
  playout    mode playout: the delay as it was and as it was aimed at, and what time-stretch took out and put in
  deadline   frames handed out later than promised
  cost       time inside the engine on this machine

Exit code: 0 done, of a folder when one of its captures was; 1 the capture is broken or holds no such stream, with the file
and byte offset, or a file could not be written; 2 wrong flags; 130 ended by Ctrl-C, 143 by SIGTERM. Files are there when they
are complete; until then stays what was there before.
`;

/** Each means nothing in the other mode. */
const FLAGS_OF_A_MODE = {
  recognizer: ['deadline-ms', 'eagerness'],
  playout: ['max-delay-ms'],
} as const;
const RATES = ['8000', '12000', '16000', '24000', '48000'] as const;

export const replayCommand: Command = {
  help: HELP,
  async run(words) {
    const { values, positionals } = parseFlags(words, {
      mode: { type: 'string' },
      'deadline-ms': { type: 'string' },
      eagerness: { type: 'string' },
      'max-delay-ms': { type: 'string' },
      'sample-rate': { type: 'string' },
      ssrc: { type: 'string' },
      'payload-type': { type: 'string' },
      ...CAPTURE_FLAGS,
      libopus: { type: 'string' },
      concealment: { type: 'string' },
      ...SPEECH_FLAGS,
      wav: { type: 'string' },
      html: { type: 'string' },
      frames: { type: 'string' },
      json: { type: 'boolean' },
    });
    const [path, ...others] = positionals;
    if (path === undefined) throw new UsageError('which capture? It takes a file or a folder');
    if (others.length > 0) throw new UsageError(`one capture at a time, got ${positionals.length}`);

    const mode = readChoice('--mode', values.mode, ['recognizer', 'playout']);
    const deadlineMs = readInteger('--deadline-ms', values['deadline-ms'], 0, 1000);
    const eagerness = readDecimal('--eagerness', values.eagerness, 0, 1000);
    const maxDelayMs = readInteger('--max-delay-ms', values['max-delay-ms'], 20, 1000);
    const other = mode === 'playout' ? 'recognizer' : 'playout';
    const idle = FLAGS_OF_A_MODE[other].find((flag) => values[flag] !== undefined);
    if (idle !== undefined) throw new UsageError(`--${idle} is of --mode ${other}`);
    const sampleRate = readChoice('--sample-rate', values['sample-rate'], RATES);
    const payloadType = readInteger('--payload-type', values['payload-type'], 0, 127);
    const codecs = readCodecs('--codec', values.codec);
    const concealment = readChoice('--concealment', values.concealment, ['classic', 'deep']);
    const ssrc = readInteger('--ssrc', values.ssrc, 0, 2 ** 32 - 1);
    const receiver = {
      ...(mode === undefined ? {} : { mode }),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      ...(eagerness === undefined ? {} : { eagerness }),
      ...(maxDelayMs === undefined ? {} : { maxDelayMs }),
      ...(sampleRate === undefined ? {} : { sampleRateHz: Number(sampleRate) }),
      ...(payloadType === undefined ? {} : { payloadType }),
      ...(codecs === undefined ? {} : { codecs }),
      ...(values.libopus === undefined ? {} : { libopus: values.libopus }),
      ...(concealment === undefined ? {} : { concealment }),
    };
    // The flags' faults come before the file's.
    resolveReceiverOptions(receiver);

    const srtp = readSrtpKeys(values);
    const speech = readSpeech(values);
    const options: ReplayOptions = {
      ...receiver,
      ...(speech === undefined ? {} : { speech }),
      ...(ssrc === undefined ? {} : { ssrc }),
      ...(values.wav === undefined ? {} : { wavPath: values.wav }),
      ...(values.html === undefined ? {} : { htmlPath: values.html }),
      ...(values.frames === undefined ? {} : { framesPath: values.frames }),
      stopwatch: () => Number(process.hrtime.bigint()),
    };
    const run = (file: string, ending: Pick<ReplayOptions, 'signal'> = {}): Promise<ReplayReport> =>
      replay(openCapture(file, { srtp }), { ...options, ...ending });

    const asJson = values.json === true;
    checkIsThere(path);
    const folder = capturesIn(path);
    if (folder.isFolder) {
      const written = (['wav', 'html', 'frames'] as const).find((flag) => values[flag]);
      if (written !== undefined) {
        throw new UsageError(`--${written} takes one capture, not a folder`);
      }
      return runInFolder(path, folder, {
        run: (file) => run(file),
        print(report) {
          for (const line of warningsOf(report)) complain(line);
          if (!asJson) say(summarizeInOneLine(report));
        },
        asJson,
      });
    }

    const outputs = [values.wav, values.html, values.frames].filter((file) => file !== undefined);
    const report = await writingInOrder(outputs, (signal) => run(path, { signal }));
    for (const line of warningsOf(report)) complain(line);
    if (asJson) {
      say(JSON.stringify(report, null, 2));
      return 0;
    }
    say(summarize(report));
    for (const file of outputs) say(`wrote     ${file}`);
    return 0;
  },
};

/** Headers that were given speech are told of by the summary. */
function warningsOf({ capture, speech }: ReplayReport): string[] {
  const counts = speech === undefined ? capture : { ...capture, headersOnly: 0 };
  return captureWarnings(capture.file, counts);
}
