#!/usr/bin/env node
// Builds the engine's tests and a second addon, both under AddressSanitizer and UndefinedBehaviorSanitizer.
//
//   node native/test/build.mjs        builds native/test/sanitized/build/Release/{engine_test,earshot.node}
//   node native/test/build.mjs --run  the same, then runs engine_test
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNodeHeaders } from '../node-headers.mjs';

const gypFolder = join(dirname(fileURLToPath(import.meta.url)), 'sanitized');
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
const headers = findNodeHeaders();
const sanitize = '-fsanitize=address,undefined -fno-sanitize-recover=all';
const flags = {
  CFLAGS: `${sanitize} -fno-omit-frame-pointer -g -O1`,
  CXXFLAGS: `${sanitize} -fno-omit-frame-pointer -g -O1`,
  LDFLAGS: sanitize,
};

const gyp = (...words) =>
  run(
    process.execPath,
    [nodeGyp, ...words, '-C', gypFolder, ...(headers ? [`--nodedir=${headers}`] : [])],
    { ...process.env, ...flags },
    'pipe',
  );
if (!existsSync(join(gypFolder, 'build/Makefile'))) gyp('configure');
gyp('build', `--jobs=${availableParallelism()}`);

if (process.argv.includes('--run')) {
  run(join(gypFolder, 'build/Release/engine_test'), [], process.env, 'inherit');
}

function run(command, words, env, stdio) {
  const { status, signal, stdout, stderr } = spawnSync(command, words, {
    encoding: 'utf8',
    env,
    stdio: ['ignore', stdio, stdio],
    maxBuffer: 1 << 28,
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  console.error(`${command} ended with ${signal ?? `status ${status}`}`);
  process.exit(1);
}
