import { openCapture } from '../capture/capture.js';
import { resolveReceiverOptions } from '../receiver/options.js';
import { replay } from '../replay/replay.js';
import { syntheticSpeech, type TraceSpeech } from '../replay/spoken-trace.js';
import { readWav } from '../replay/wav-reader.js';
import type { Command } from './command.js';
import { parseFlags, readChoice, readCodecs, readInteger } from './flags.js';
import { summarize } from './replay-summary.js';
import { UsageError } from './usage-error.js';

const HELP = `Runs a recorded call through the engine in the call's own time, as fast as the machine can, and measures it.
The same bytes and options give the same output on every run (but for cost).

Usage: earshot replay <capture> [flags]

  <capture>            pcap, pcapng or rtpdump; the stream with the most packets of Opus, PCMU or PCMA is taken;
                       or a timing trace without payload: CSV with the columns seq, rtp_ts, arrival_us and, where
                       known, payload_len, marker, pt, ssrc; or NDJSON with those names
  --mode <mode>        recognizer: frames as early as they can be had; playout: what a listener would hear [recognizer]
  --deadline-ms <ms>   longest wait behind the minimum-delay line, 0..1000 [150]
  --sample-rate <hz>   8000, 12000, 16000, 24000 or 48000                 [16000]
  --ssrc <n>           take this stream; decimal or 0x...
  --payload-type <n>   take Opus from this payload type, 0..127
  --codec <n>=<codec>  what a payload type means, as 94=L16/16000, 125=PCMU/8000/2 or 63=red/48000/2; may be repeated
  --libopus <path>     a shared libopus in place of the one that is built in
  --concealment <how>  classic, or deep with a libopus that can           [deep where it can]
  --speech <file>      WAV that is spoken in packets whose payload was not captured, over and over [a synthetic voice]
  --speech-fec <how>   on or off: whether those packets hold copies of the one before      [off]
  --wav <file>         mono 16-bit PCM. recognizer: sample k is media position k from the first packet, repairs applied;
                       playout: what was heard, 10 ms after 10 ms from the first packet's arrival
  --html <file>        the report as one page to open in a browser, without network: time line, plots, and the sound to
                       hear as it arrived, as it was handed out and after repairs
  --frames <file>      a JSON line per frame, in mode playout per 10 ms: atUs, ts, durUs, from, version
  --json               the whole report as one object on stdout

Example:
  earshot replay call.pcap --wav call.wav
  earshot replay call.pcap --html call.html
  earshot replay trace.csv --speech prompt.wav --wav heard.wav
  earshot replay call.pcap --mode playout --codec 94=L16/16000 --wav heard.wav

How to read it:
  packets    what the network did: lost never came, late came after its deadline, discarded was of no use
  audio      what the call is made of: received as sent, fec rebuilt from the next packet, plc made up by the
             codec, dtx and silence quiet on purpose
  latency    how long the engine held audio, over the fastest the network has shown
  playout    mode playout: the delay as it was and as it was aimed at, and what time-stretch took out and put in
  deadline   frames handed out later than promised
  cost       time inside the engine on this machine

Exit code: 0 done; 1 the capture is broken or holds no such stream, with the file and byte offset; 2 wrong flags.
`;

const RATES = ['8000', '12000', '16000', '24000', '48000'] as const;

export const replayCommand: Command = {
  help: HELP,
  async run(words) {
    const { values, positionals } = parseFlags(words, {
      mode: { type: 'string' },
      'deadline-ms': { type: 'string' },
      'sample-rate': { type: 'string' },
      ssrc: { type: 'string' },
      'payload-type': { type: 'string' },
      codec: { type: 'string', multiple: true },
      libopus: { type: 'string' },
      concealment: { type: 'string' },
      speech: { type: 'string' },
      'speech-fec': { type: 'string' },
      wav: { type: 'string' },
      html: { type: 'string' },
      frames: { type: 'string' },
      json: { type: 'boolean' },
    });
    const [path, ...others] = positionals;
    if (path === undefined) throw new UsageError('which capture? It takes a file');
    if (others.length > 0) throw new UsageError(`one capture at a time, got ${positionals.length}`);

    const mode = readChoice('--mode', values.mode, ['recognizer', 'playout']);
    const deadlineMs = readInteger('--deadline-ms', values['deadline-ms'], 0, 1000);
    const sampleRate = readChoice('--sample-rate', values['sample-rate'], RATES);
    const payloadType = readInteger('--payload-type', values['payload-type'], 0, 127);
    const codecs = readCodecs('--codec', values.codec);
    const concealment = readChoice('--concealment', values.concealment, ['classic', 'deep']);
    const ssrc = readInteger('--ssrc', values.ssrc, 0, 2 ** 32 - 1);
    const speechFec = readChoice('--speech-fec', values['speech-fec'], ['on', 'off']);
    const receiver = {
      ...(mode === undefined ? {} : { mode }),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      ...(sampleRate === undefined ? {} : { sampleRateHz: Number(sampleRate) }),
      ...(payloadType === undefined ? {} : { payloadType }),
      ...(codecs === undefined ? {} : { codecs }),
      ...(values.libopus === undefined ? {} : { libopus: values.libopus }),
      ...(concealment === undefined ? {} : { concealment }),
    };
    // The flags' faults come before the file's.
    resolveReceiverOptions(receiver);

    const speech = readSpeech(values.speech, speechFec);
    const report = await replay(openCapture(path), {
      ...receiver,
      ...(speech === undefined ? {} : { speech }),
      ...(ssrc === undefined ? {} : { ssrc }),
      ...(values.wav === undefined ? {} : { wavPath: values.wav }),
      ...(values.html === undefined ? {} : { htmlPath: values.html }),
      ...(values.frames === undefined ? {} : { framesPath: values.frames }),
      stopwatch: () => Number(process.hrtime.bigint()),
    });
    if (values.json) {
      console.log(JSON.stringify(report, null, 2));
      return 0;
    }
    console.log(summarize(report));
    for (const file of [values.wav, values.html, values.frames]) {
      if (file !== undefined) console.log(`wrote     ${file}`);
    }
    return 0;
  },
};

function readSpeech(
  path: string | undefined,
  fec: 'on' | 'off' | undefined,
): TraceSpeech | undefined {
  if (path === undefined) return fec === undefined ? undefined : { ...syntheticSpeech(), fec };
  return { ...readWav(path), name: path, fec };
}
