import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EarshotError } from '../../src/index.js';
import { createServer } from '../index.js';
import { CallRecord } from './call-record.js';
import {
  describeNetwork,
  NETWORK_PRESETS,
  type NetworkPreset,
  networkOf,
} from './network-presets.js';
import type { PublisherReport, PublisherTask } from './publisher.js';
import { faultsOf, formatReport } from './report.js';
import { watchRoom } from './room-watcher.js';
import { paintFor } from './terminal.js';
import { WordPrinter } from './word-printer.js';

const HELP = `npm run demo -- [--network ${NETWORK_PRESETS.join('|')}] [--loss PERCENT] [--seed N]

Starts the server on this machine, publishes a recorded call to it as a WebRTC
client through a simulated network, prints the words as they come, and holds
latency and words against what they should be.

  --network  what the network is like (home)
  --loss     packets lost, 0..90 percent, instead of the network's own
  --seed     the same seed loses and delays the same packets (7)
`;
const ROOM = 'demo';
const FIXTURES = new URL('../../../fixtures/speech/', import.meta.url);
const LIMIT_MS = 58_000;

interface SpokenSentence {
  readonly text: string;
}

const paint = paintFor(process.stdout, process.env.NO_COLOR);
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function runDemo(): Promise<number> {
  const flags = readFlags();
  if (flags === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const network = networkOf(flags.preset, flags.seed, flags.lossRatio);
  const script = JSON.parse(
    await readFile(new URL('call.json', FIXTURES), 'utf8'),
  ) as SpokenSentence[];
  const said = script.map(({ text }) => text);
  await using server = await createServer({
    port: 0,
    logLevel: 'error',
    recognizer: {
      name: 'pocketsphinx',
      options: { languageModel: fileURLToPath(new URL('call.arpa', FIXTURES)) },
    },
  });
  say(paint('bold', 'A recorded call, spoken in real time: Opus over DTLS-SRTP to a recognizer'));
  say(`  network     ${describeNetwork(network)}`);
  say(`  recognizer  ${server.recognizer}, language model of the prompts of a call centre`);
  say(`  watch it    ${server.url}/?room=${ROOM}\n`);

  const ended = new AbortController();
  const limit = setTimeout(() => ended.abort(), LIMIT_MS);
  const record = new CallRecord();
  const watching = followCall(server.url, record, ended.signal);
  const publisher = await publish(
    {
      endpoint: `${server.url}/whip/${ROOM}`,
      wavPath: fileURLToPath(new URL('call.wav', FIXTURES)),
      network,
    },
    ended.signal,
  ).catch((error: unknown) => {
    ended.abort();
    throw error;
  });
  await watching;
  clearTimeout(limit);
  if (ended.signal.aborted) throw new Error(`The call did not end within ${LIMIT_MS / 1000} s`);

  const outcome = { record, publisher, said };
  say(`\n${formatReport(outcome, paint)}\n`);
  const faults = faultsOf(outcome);
  for (const fault of faults) say(`${paint('red', 'FAILED')}  ${fault}`);
  if (faults.length === 0) say(`${paint('green', 'PASSED')}  within the budget, and understood`);
  return faults.length === 0 ? 0 : 1;
}

/** Records and prints the events of the call until its participant has left. */
async function followCall(url: string, record: CallRecord, signal: AbortSignal): Promise<void> {
  const printer = new WordPrinter(process.stdout, paint);
  for await (const event of watchRoom(url, ROOM, signal)) {
    record.take(event);
    printer.take(event);
    if (event.type === 'participant-left') return;
  }
}

/** Runs the publisher in a process of its own, so that its timing is not that of the server. */
async function publish(task: PublisherTask, signal: AbortSignal): Promise<PublisherReport> {
  const module = fileURLToPath(new URL('./publisher.js', import.meta.url));
  const child: ChildProcess = fork(module, [JSON.stringify(task)], { signal });
  return await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as PublisherReport));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The publisher ended early, exit code ${code}`)));
  });
}

interface DemoFlags {
  readonly preset: NetworkPreset;
  readonly seed: number;
  readonly lossRatio: number | undefined;
}

/** @returns undefined when help was asked for */
function readFlags(): DemoFlags | undefined {
  const { values } = parseArgs({
    options: {
      network: { type: 'string', default: 'home' },
      loss: { type: 'string' },
      seed: { type: 'string', default: '7' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const preset = NETWORK_PRESETS.find((name) => name === values.network);
  if (preset === undefined) {
    throw new Error(
      `Expected --network to be one of ${NETWORK_PRESETS.join(', ')}, got ${values.network}`,
    );
  }
  const seed = numberIn('--seed', values.seed, 0, Number.MAX_SAFE_INTEGER);
  const { loss } = values;
  const lossRatio = loss === undefined ? undefined : numberIn('--loss', loss, 0, 90) / 100;
  return { preset, seed, lossRatio };
}

function numberIn(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new Error(`Expected ${flag} to be a number in ${min}..${max}, got ${text}`);
}

try {
  process.exitCode = await runDemo();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  say(
    `${paint('red', 'FAILED')}  ${error instanceof EarshotError ? `${error.code}: ${message}` : message}`,
  );
  process.exitCode = 1;
}
