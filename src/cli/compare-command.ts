import { captureFiles } from '../compare/capture-files.js';
import { type CompareOptions, compare } from '../compare/compare.js';
import { type Condition, parseCondition } from '../compare/condition.js';
import { combine } from '../compare/configuration.js';
import { toCsv } from '../compare/csv.js';
import type { CompareRow } from '../compare/row.js';
import { NETWORK_NAMES } from '../simulate/presets.js';
import { CAPTURE_FLAGS, CAPTURE_FLAGS_HELP, readSrtpKeys } from './capture-flags.js';
import type { Command } from './command.js';
import { compareTable, failureLine } from './compare-table.js';
import { EndedBySignal, endedInOrder } from './ended-by-signal.js';
import { parseFlags, readChoice, readCodecs, readDecimal, readInteger } from './flags.js';
import { checkIsThere } from './input-file.js';
import { ProgressBar } from './progress-bar.js';
import { complain, say } from './say.js';
import { readSpeech, SPEECH_FLAGS, SPEECH_FLAGS_HELP } from './speech-flags.js';
import { terminalWidth } from './terminal-width.js';
import { UsageError } from './usage-error.js';

const HELP = `Plays many calls with many settings, beside a model of NetEQ and an oracle that knows each call beforehand.
The same files and flags give the same numbers on every run, whatever the number of workers.

Usage: earshot compare <capture|folder>... [flags]

  <capture|folder>          captures as earshot replay takes them, or all that are in a folder; with --network WAV files too
  Lists, separated by commas; every item is combined with every other:
  --mode <list>             recognizer, playout                                         [recognizer,playout]
  --deadline-ms <list>      recognizer: longest wait behind the minimum-delay line, 0..1000  [150]
  --eagerness <list>        recognizer: what delay weighs against words at a hole, 0..1000; 0 waits for the deadline  [1]
  --sample-rate <list>      8000, 12000, 16000, 24000 or 48000                          [16000]
  --max-delay-ms <list>     playout: greatest delay, 20..1000                           [1000]
  --libopus <list>          shared libraries; builtin is the one that is built in       [builtin]
  --network <list>          ${NETWORK_NAMES.join(', ')}: send the call over it anew
  --seed <list>             of the networks                                             [1]
  --nack-rtt <list>         ms of a round trip to a sender who sends again what is asked for; 0: nobody asks  [0]
  --red <list>              packets before it that each packet repeats, 0..8            [0]
  For all captures:
  --ssrc <n>           take this stream; decimal or 0x...           [of each capture the one with the most packets]
${CAPTURE_FLAGS_HELP}${SPEECH_FLAGS_HELP}  For the run:
  --workers <n>             processes, 1..256                                            [one a core]
  --json                    rows and failures as one object on stdout
  --csv                     rows as CSV on stdout
  --fail-if <condition>     exit with 3 when it holds for a row of earshot; may be repeated. Numbers by their path in
                            --json, compared by > >= < <= == !=, joined by &&; shares as 2% or 0.02. Before a colon,
                            which rows: words of their names, as in 'playout, max delay 300: costMs>90', or best, the
                            cheapest of each call

Example:
  earshot compare calls/ --deadline-ms 50,100,150
  earshot compare clean.pcap --network wifi,lte --seed 1,2,3 --nack-rtt 0,60 --red 0,1 --csv
  earshot compare call.pcap --mode recognizer --fail-if 'latencyMs.p95>150' --fail-if 'best: concealedRatio>5%'

How to read it:
  mean..p99    latency of audio, pauses left out, over the minimum-delay line of the whole call: one straight line, so that
               a path that becomes longer counts as delay (the line of earshot replay follows it after some seconds)
  concealed    share of the call made up when it was first handed out; repaired: after late packets had healed it
  cuts         times that 150 ms and more were made up in a row
  misses       frames handed out after their deadline
  cost         mean latency, and 20 ms for each percent concealed, which is NetEQ's own rate of exchange
  over oracle  what it costs more than the cheapest point of the oracle's curve. Playout, NetEQ and one delay for the whole
               call are held against the best delay for each talkspurt (and second of one), a recognizer against delivery in
               order that knows what will come. Stretching within a second, playout may be a little below 0.
  NetEQ-like   libwebrtc's own arithmetic of delays without audio: on most networks within 10 % of its mean delay

A terminal of less than 120 columns (or COLUMNS) is given fewer of them; --csv and --json have every number.
How long the engine waits at a hole is learnt from the path and weighed by --eagerness; --deadline-ms is what bounds it.
Packets that a capture lacks cannot be had again: --nack-rtt and --red go with --network over a call without loss.

Exit code: 0 done; 1 a call gave no result, the others are there all the same; 2 wrong flags; 3 a --fail-if holds;
130 ended by Ctrl-C, 143 by SIGTERM.
`;

const MODES = ['recognizer', 'playout'] as const;
const RATES = ['8000', '12000', '16000', '24000', '48000'] as const;
const VALUE = { type: 'string' } as const;

export const compareCommand: Command = {
  help: HELP,
  async run(words) {
    const { values, positionals } = parseFlags(words, {
      mode: VALUE,
      'deadline-ms': VALUE,
      eagerness: VALUE,
      'sample-rate': VALUE,
      'max-delay-ms': VALUE,
      libopus: VALUE,
      network: VALUE,
      seed: VALUE,
      'nack-rtt': VALUE,
      red: VALUE,
      ssrc: VALUE,
      ...CAPTURE_FLAGS,
      ...SPEECH_FLAGS,
      workers: VALUE,
      json: { type: 'boolean' },
      csv: { type: 'boolean' },
      'fail-if': { type: 'string', multiple: true },
    });
    if (positionals.length === 0)
      throw new UsageError('which captures? It takes files and folders');
    if (values.json && values.csv) throw new UsageError('--json or --csv, not both');
    if (values.seed !== undefined && values.network === undefined) {
      throw new UsageError('--seed is of --network');
    }
    const workers = readInteger('--workers', values.workers, 1, 256);
    const codecs = readCodecs('--codec', values.codec);
    const matrix = {
      ...list('mode', values.mode, (one) => readChoice('--mode', one, MODES)),
      ...list('deadlineMs', values['deadline-ms'], integer('--deadline-ms', 0, 1000)),
      ...list('eagerness', values.eagerness, (one) => readDecimal('--eagerness', one, 0, 1000)),
      ...list('sampleRateHz', values['sample-rate'], (one) =>
        Number(readChoice('--sample-rate', one, RATES)),
      ),
      ...list('maxDelayMs', values['max-delay-ms'], integer('--max-delay-ms', 20, 1000)),
      ...list('libopus', values.libopus, (one) => one),
      ...list('network', values.network, (one) => readChoice('--network', one, NETWORK_NAMES)),
      ...list('seed', values.seed, integer('--seed', 0, Number.MAX_SAFE_INTEGER)),
      ...list('nackRttMs', values['nack-rtt'], integer('--nack-rtt', 0, 10_000)),
      ...list('redDistance', values.red, integer('--red', 0, 8)),
    };
    const ssrc = readInteger('--ssrc', values.ssrc, 0, 2 ** 32 - 1);
    const srtp = readSrtpKeys(values);
    // The flags' faults come before the files'.
    const { receivers } = combine(matrix);
    const conditions = (values['fail-if'] ?? []).map((text) => parseCondition(text, receivers));
    const speech = readSpeech(values);
    positionals.forEach(checkIsThere);
    const { captures, leftOut } = captureFiles(
      positionals,
      values.network === undefined ? 'without-wav' : 'with-wav',
    );
    leftOut.forEach(complain);

    const comparison = await withProgress(captures, {
      ...matrix,
      ssrc,
      codecs,
      srtp,
      speech,
      ...(workers === undefined ? {} : { workers }),
    });
    if (values.json) say(JSON.stringify(comparison, null, 2));
    else if (values.csv) process.stdout.write(toCsv(comparison.rows));
    else say(compareTable(comparison, terminalWidth(process.stdout, process.env)));
    if (values.json || values.csv) comparison.failures.map(failureLine).forEach(complain);

    const broken = conditions.flatMap((condition) => breaches(condition, comparison.rows));
    broken.forEach(complain);
    if (broken.length > 0) return 3;
    return comparison.failures.length > 0 ? 1 : 0;
  },
};

/** Ctrl-C ends the workers too. */
async function withProgress(
  captures: readonly string[],
  options: CompareOptions,
): Promise<Awaited<ReturnType<typeof compare>>> {
  const bar = new ProgressBar(process.stderr);
  let [done, total] = [0, 0];
  try {
    return await endedInOrder((signal) =>
      compare(captures, {
        ...options,
        signal,
        onProgress: (...progress) => {
          [done, total] = progress;
          bar.show(...progress);
        },
      }),
    );
  } catch (error) {
    if (error instanceof EndedBySignal) error.message += ` after ${done} of ${total || '?'} runs`;
    throw error;
  } finally {
    bar.clear();
  }
}

function breaches(condition: Condition, rows: readonly CompareRow[]): string[] {
  const held = condition.heldBy(rows);
  const calls = new Set(held.map(({ capture }) => capture));
  if (held.length === 0) return [];
  const where = `${held.length} ${held.length === 1 ? 'row' : 'rows'}, of ${[...calls].join(', ')}`;
  return [`fails: ${condition.text} in ${where}`];
}

/** A list of a flag as the option it stands for; nothing where the flag was not given. */
function list<Name extends string, Item>(
  name: Name,
  text: string | undefined,
  read: (item: string) => Item | undefined,
): { readonly [One in Name]?: readonly Item[] } {
  if (text === undefined) return {};
  const items = text.split(',').map((item) => read(item.trim()) as Item);
  return { [name]: [...new Set(items)] } as { [One in Name]: Item[] };
}

function integer(flag: string, min: number, max: number): (item: string) => number | undefined {
  return (item) => readInteger(flag, item, min, max);
}
