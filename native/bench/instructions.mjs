#!/usr/bin/env node
// Counts the instructions of the engine for 10 ms of audio with valgrind's callgrind: the fixture call (Opus 24 kb/s with
// FEC) decoded at 16 kHz, on networks that are calm, jittery and lossy, for a recognizer, for a listener and for
// both. Fails when a limit is passed.
//
//   node native/bench/instructions.mjs             the table
//   node native/bench/instructions.mjs --top 10    and the engine's most expensive functions
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWithGyp } from '../gyp.mjs';
import { readCallgrind } from './callgrind.mjs';

const rootFolder = join(dirname(fileURLToPath(import.meta.url)), '../..');
const gypFolder = join(rootFolder, 'test/optimized');
const program = join(gypFolder, 'build/Release/engine_instructions');
const call = join(rootFolder, 'fixtures/speech/call.wav');
/** What a host calls for every packet and frame; only what happens inside these is counted. */
const ENTRY_POINTS = [
  'earshot::Receiver::Push(*',
  'earshot::Receiver::Poll(*',
  'earshot::Receiver::Pull(*',
];
const NETWORKS = ['calm', 'jittery', 'lossy'];
/** Instructions of the receiver alone for 10 ms, of all with libopus, and heap bytes of a stream. */
const LIMITS = {
  recognizer: { engine: 6_000, whole: 120_750, heapBytes: 213_000 },
  playout: { engine: 12_000, whole: 120_750, heapBytes: 196_000 },
  both: { engine: 18_000, whole: 120_750, heapBytes: 309_000 },
};

const { values: flags } = parseArgs({ options: { top: { type: 'string', default: '0' } } });

try {
  if (spawnSync('valgrind', ['--version']).status !== 0) {
    throw new Error('This needs valgrind; on Debian and Ubuntu: sudo apt-get install valgrind');
  }
  buildWithGyp(gypFolder);
  const results = Object.keys(LIMITS).flatMap((mode) =>
    NETWORKS.map((network) => measure(mode, network)),
  );
  print(results);
  const broken = results.flatMap(overLimits);
  for (const line of broken) console.error(line);
  if (broken.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(`native/bench/instructions.mjs: ${error.message}`);
  process.exitCode = 1;
}

function measure(mode, network) {
  // Not under valgrind, which has an allocator of its own.
  const { heapBytes } = JSON.parse(runProgram(program, [call, network, mode]));

  const folder = mkdtempSync(join(tmpdir(), 'earshot-callgrind-'));
  try {
    const profilePath = join(folder, 'profile');
    const { audioMs } = JSON.parse(
      runProgram('valgrind', [
        '--tool=callgrind',
        '--quiet',
        `--callgrind-out-file=${profilePath}`,
        ...ENTRY_POINTS.map((pattern) => `--toggle-collect=${pattern}`),
        program,
        call,
        network,
        mode,
      ]),
    );
    return {
      mode,
      network,
      heapBytes,
      ...summarize(readCallgrind(readFileSync(profilePath, 'utf8')), audioMs),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything below a call from the engine into libopus is libopus; the rest is the engine and what it uses of libc. */
function summarize({ total, own, calls }, audioMs) {
  const perTenMs = (instructions) => Math.round((instructions * 10) / audioMs);
  const isEngine = (name) => name.includes('earshot::');
  const fromEngine = calls.filter(({ from, to }) => isEngine(from) && !isEngine(to));
  const intoOpus = fromEngine.filter(({ to }) => to.startsWith('opus_'));
  const opus = intoOpus.reduce((sum, { instructions }) => sum + instructions, 0);

  const functions = new Map();
  const add = (name, instructions) =>
    functions.set(name, (functions.get(name) ?? 0) + instructions);
  for (const [name, instructions] of own) if (isEngine(name)) add(name, instructions);
  for (const { to, instructions } of fromEngine) {
    if (!to.startsWith('opus_')) add(`${to}, called by the engine`, instructions);
  }
  return {
    whole: perTenMs(total),
    opus: perTenMs(opus),
    engine: perTenMs(total - opus),
    functions: [...functions]
      .map(([name, instructions]) => ({ name, instructions: perTenMs(instructions) }))
      .sort((a, b) => b.instructions - a.instructions),
  };
}

function print(results) {
  const column = (value) => value.toLocaleString('en').padStart(9);
  console.log('Instructions for 10 ms of audio at 16 kHz, and heap of a stream:');
  console.log('  mode       network      whole   libopus    engine      bytes');
  for (const [mode, limits] of Object.entries(LIMITS)) {
    const row = (name, { whole, engine, heapBytes }, opus = '') =>
      console.log(
        `  ${mode.padEnd(10)} ${name.padEnd(8)} ${column(whole)} ${opus.padStart(9)} ${column(engine)}  ${column(heapBytes)}`,
      );
    for (const result of results) {
      if (result.mode === mode) row(result.network, result, column(result.opus));
    }
    row('limit', limits);
  }
  for (const { mode, network, functions } of results) {
    if (flags.top === '0') break;
    console.log(`\nThe engine on the ${network} network, ${mode}:`);
    for (const { name, instructions } of functions.slice(0, Number(flags.top))) {
      console.log(`  ${column(instructions)}  ${name}`);
    }
  }
}

function overLimits(result) {
  return Object.entries(LIMITS[result.mode])
    .filter(([name, limit]) => result[name] > limit)
    .map(
      ([name, limit]) =>
        `${result.mode}, ${result.network}: ${name} is ${result[name]}, the limit ${limit}`,
    );
}

function runProgram(command, words) {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} ${words.join(' ')} ended with status ${status}\n${stderr}`);
}
