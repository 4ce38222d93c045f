import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNodeHeaders } from './node-headers.mjs';

const nativeFolder = dirname(fileURLToPath(import.meta.url));

/**
 * Builds the targets of a folder's binding.gyp into its build/Release; a second run compiles only what changed.
 *
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} flags CFLAGS and the like
 */
export function buildWithGyp(folder, flags = {}) {
  const nodeGyp = findNodeGyp();
  const headers = findNodeHeaders();
  const gyp = (...words) =>
    run(
      process.execPath,
      [nodeGyp, ...words, '-C', folder, ...(headers ? [`--nodedir=${headers}`] : [])],
      { env: { ...environment(), ...flags } },
    );

  // The makefiles hold the flags and absolute paths of these; make itself would not notice that they changed.
  const gypFiles = [...readGypFiles(nativeFolder), ...readGypFiles(folder)];
  const inputs = JSON.stringify({ nodeGyp, headers, flags, gypFiles });
  const stamp = join(folder, 'build/configured-with.json');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== inputs) {
    if (headers === undefined) {
      console.error(
        "This Node came without its headers; they are fetched from nodejs.org. Where that cannot be reached: Debian's " +
          'libnode-dev, or Node from nodejs.org, NodeSource or nvm, which bring them along.',
      );
    }
    gyp('configure');
    writeFileSync(stamp, inputs);
  }
  gyp('build', `--jobs=${availableParallelism()}`);
}

/**
 * Runs a program quietly.
 *
 * @throws {Error} when it fails, after printing what it said
 */
export function run(command, words, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  throw new Error(
    `${[command, ...words].join(' ')} failed${error ? `: ${error.message}` : ''}\n` +
      'Building needs a C++20 compiler, make and Python 3; on Debian and Ubuntu: ' +
      'sudo apt-get install build-essential python3',
  );
}

/** Without npm's own nodedir setting: node-gyp would take it over its `--nodedir`, and the headers of another Node. */
function environment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_config_nodedir$/i.test(name)),
  );
}

function findNodeGyp() {
  try {
    return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  } catch {
    throw new Error(
      existsSync(join(dirname(nativeFolder), 'package-lock.json'))
        ? 'node-gyp is not installed; run npm ci first'
        : 'node-gyp is not installed; add --from-npm to fetch what building needs',
    );
  }
}

function readGypFiles(folder) {
  return readdirSync(folder)
    .filter((name) => /\.gypi?$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
