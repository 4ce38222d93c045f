#!/usr/bin/env node
// Builds the engine's tests and a second addon, both under AddressSanitizer and UndefinedBehaviorSanitizer.
//
//   node native/test/build.mjs        builds test/sanitized/build/Release/{engine_test,earshot.node}
//   node native/test/build.mjs --run  the same, then runs engine_test
//   node native/test/build.mjs --node the same, then runs the hostile-bytes tests of test/ on that addon, inside Node;
//                                     what follows goes to vitest
//   node native/test/build.mjs --soak builds test/optimized/build/Release/engine_soak, without sanitizers, and runs a call
//                                     of ten hours through it, or of as many as follow
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWithGyp } from '../gyp.mjs';

const testFolder = join(dirname(fileURLToPath(import.meta.url)), '../../test');
const gypFolder = join(testFolder, 'sanitized');
const sanitize = '-fsanitize=address,undefined -fno-sanitize-recover=all';

if (process.argv.includes('--soak')) {
  const folder = join(testFolder, 'optimized');
  buildWithGyp(folder);
  const hours = process.argv.slice(process.argv.indexOf('--soak') + 1);
  runTests(join(folder, 'build/Release/engine_soak'), hours, process.env);
} else {
  buildWithGyp(gypFolder, {
    CFLAGS: `${sanitize} -fno-omit-frame-pointer -g -O1`,
    CXXFLAGS: `${sanitize} -fno-omit-frame-pointer -g -O1`,
    LDFLAGS: sanitize,
  });
}
if (process.argv.includes('--run')) {
  runTests(join(gypFolder, 'build/Release/engine_test'), [], process.env);
}
if (process.argv.includes('--node')) {
  const runtimes = ['libasan.so', 'libubsan.so'].map((name) =>
    spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim(),
  );
  const env = {
    ...process.env,
    EARSHOT_ADDON: join(gypFolder, 'build/Release/earshot.node'),
    LD_PRELOAD: runtimes.join(' '),
    // Node keeps memory to its end and V8 jumps over stack frames; both are not ours to report.
    ASAN_OPTIONS: 'detect_leaks=0:detect_stack_use_after_return=0',
  };
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
    'vitest.mjs',
  );
  const vitestFlags = process.argv.slice(process.argv.indexOf('--node') + 1);
  runTests(process.execPath, [vitest, 'run', 'hostile', ...vitestFlags], env);
}

function runTests(command, words, env) {
  const { status, signal } = spawnSync(command, words, { env, stdio: 'inherit' });
  if (status === 0) return;
  console.error(`${command} ended with ${signal ?? `status ${status}`}`);
  process.exitCode = 1;
}
