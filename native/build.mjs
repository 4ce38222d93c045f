#!/usr/bin/env node
// Builds the addon in place. Quiet unless it fails; a second run compiles only what changed.
//
//   node native/build.mjs              native/build/Release/earshot.node, in a checkout
//   node native/build.mjs --prebuilt   the same, copied to prebuilds/<platform>-<arch>[-musl]/ as releases carry it
//   node native/build.mjs --from-npm   for an installed package: fetches node-gyp, node-addon-api and libopus's
//                                      sources from the npm registry, builds, leaves only the prebuilt behind
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWithGyp, run } from './gyp.mjs';
import { linkTimeOptimization } from './link-time-optimization.mjs';

const nativeFolder = dirname(fileURLToPath(import.meta.url));
const packageFolder = dirname(nativeFolder);
const addon = join(nativeFolder, 'build/Release/earshot.node');
/** What compiling needs beside a compiler, make and Python; their versions stand in package.json. */
const BUILD_PACKAGES = ['node-gyp', 'node-addon-api', '@discordjs/opus'];

const { values: flags } = parseArgs({
  options: { prebuilt: { type: 'boolean' }, 'from-npm': { type: 'boolean' } },
});

try {
  if (flags['from-npm']) fetchBuildPackages();
  buildWithGyp(nativeFolder, linkTimeOptimization());
  console.log(`${relative(process.cwd(), addon)} is up to date`);
  if (flags.prebuilt || flags['from-npm']) copyToPrebuilds();
} catch (error) {
  console.error(`native/build.mjs: ${error.message}`);
  process.exitCode = 1;
} finally {
  if (flags['from-npm']) {
    for (const leftover of ['node_modules', 'package.json', 'package-lock.json', 'build']) {
      rmSync(join(nativeFolder, leftover), { recursive: true, force: true });
    }
  }
}

function fetchBuildPackages() {
  const { devDependencies } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const specs = BUILD_PACKAGES.map((name) => `${name}@${devDependencies[name]}`);
  console.log(`fetching ${specs.join(', ')} from the npm registry`);
  // No install scripts: @discordjs/opus's own would download or compile a library that is not used.
  const options = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund'];
  runNpm(['install', '--prefix', nativeFolder, ...options, ...specs]);
}

function copyToPrebuilds() {
  const { glibcVersionRuntime } = process.report.getReport().header;
  const musl = process.platform === 'linux' && !glibcVersionRuntime ? '-musl' : '';
  const target = `${process.platform}-${process.arch}${musl}`;
  const copy = join(packageFolder, 'prebuilds', target, 'earshot.node');
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(addon, copy);
  console.log(`${relative(process.cwd(), copy)} is ready`);
}

function runNpm(words) {
  // npm tells its scripts where it is; started without it, the one on PATH serves.
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('npm-cli.js')) return run(process.execPath, [npm, ...words]);
  const windows = process.platform === 'win32';
  return run(windows ? 'npm.cmd' : 'npm', words, { shell: windows });
}
