#!/usr/bin/env node
// Builds the fuzzers with clang and libFuzzer, every source under AddressSanitizer and UndefinedBehaviorSanitizer.
//
//   node native/fuzz/build.mjs                     builds test/fuzzed/build/Release/*_fuzzer
//   node native/fuzz/build.mjs --run               the same, then runs each for a minute, as many at once as there are cores
//   node native/fuzz/build.mjs --run --seconds 5   the same, shorter
//   node native/fuzz/build.mjs --run --only rtp_fuzzer
//
// What a run finds worth keeping goes on in the next (test/fuzzed/build/corpus). An input that breaks a rule is kept in
// test/fuzzed/build/broken/ and printed as hex; the fuzzer takes its path as an argument to play it again.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWithGyp, run } from '../gyp.mjs';

const gypFolder = join(dirname(fileURLToPath(import.meta.url)), '../../test/fuzzed');
const buildFolder = join(gypFolder, 'build');
const regressionFolder = join(dirname(fileURLToPath(import.meta.url)), 'regressions');
/** Longest input, bytes: a packet, a few payloads, some hundred events. */
const TARGETS = {
  rtp_fuzzer: 2000,
  red_fuzzer: 1500,
  opus_payload_fuzzer: 8000,
  event_stream_fuzzer: 1500,
};
/** One input may take this long under the sanitizers; it is played in milliseconds when its cost is linear. */
const SECONDS_AN_INPUT = 20;
const MEGABYTES = 1024;

const { values: flags } = parseArgs({
  options: {
    run: { type: 'boolean' },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
  },
});

try {
  build();
  if (flags.run) await runAll(Object.keys(TARGETS).filter((name) => (flags.only ?? name) === name));
} catch (error) {
  console.error(`native/fuzz/build.mjs: ${error.message}`);
  process.exitCode = 1;
}

function build() {
  if (spawnSync('clang++', ['--version']).status !== 0) {
    throw new Error('The fuzzers need clang; on Debian and Ubuntu: sudo apt-get install clang');
  }
  const sanitize = '-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all';
  buildWithGyp(gypFolder, {
    CC: 'clang',
    CXX: 'clang++',
    LINK: 'clang++',
    CFLAGS: `${sanitize} -g -O2`,
    CXXFLAGS: `${sanitize} -g -O2`,
    LDFLAGS: '-fsanitize=address,undefined',
  });
}

async function runAll(names) {
  if (names.length === 0) {
    throw new Error(`Expected --only to be one of ${Object.keys(TARGETS)}, got ${flags.only}`);
  }
  if (!/^[1-9][0-9]*$/.test(flags.seconds)) {
    throw new Error(`Expected --seconds to be a whole number from 1, got ${flags.seconds}`);
  }
  const seeds = join(buildFolder, 'seeds');
  run(join(buildFolder, 'Release/make_seeds'), [seeds]);
  const waiting = [...names];
  const workers = Array.from({ length: availableParallelism() }, async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      await fuzz(name, seeds);
    }
  });
  await Promise.all(workers);
}

async function fuzz(name, seeds) {
  const corpus = join(buildFolder, 'corpus', name);
  const broken = join(buildFolder, 'broken', name);
  const regressions = join(regressionFolder, name);
  rmSync(broken, { recursive: true, force: true });
  for (const folder of [corpus, broken]) mkdirSync(folder, { recursive: true });
  const folders = [corpus, join(seeds, name)];
  if (existsSync(regressions)) folders.push(regressions);

  const child = spawn(
    join(buildFolder, 'Release', name),
    [
      `-max_total_time=${flags.seconds}`,
      `-max_len=${TARGETS[name]}`,
      `-timeout=${SECONDS_AN_INPUT}`,
      `-rss_limit_mb=${MEGABYTES}`,
      '-print_final_stats=1',
      `-artifact_prefix=${broken}/`,
      ...folders,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-100_000);
  });
  const status = await new Promise((done) => child.on('close', done));
  const figure = (pattern) => pattern.exec(log)?.[1] ?? '?';
  if (status === 0) {
    console.log(
      `${name}: ${figure(/number_of_executed_units: *(\d+)/)} inputs in ${flags.seconds} s, ` +
        `${figure(/.*cov: (\d+)/s)} places reached, nothing broken`,
    );
    return;
  }
  process.exitCode = 1;
  console.error(`${name} ended with status ${status}:\n${log.slice(-6000)}`);
  for (const file of readdirSync(broken)) {
    const path = join(broken, file);
    console.error(`\n${relative(process.cwd(), path)}:\n${readFileSync(path).toString('hex')}`);
  }
}
