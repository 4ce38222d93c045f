#!/usr/bin/env node
// Fetches the libopus of Debian 13 (1.5.2, with deep PLC) through this machine's own apt, leaves it in build/ and prints
// the path of the library. Nothing is installed, and apt's own lists stay as they are; no root is needed.
//
//   EARSHOT_LIBOPUS=$(node test/helpers/fetch-newer-libopus.mjs) npm run test:native
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RELEASE = 'trixie';
const PACKAGE = 'libopus0';
/** newer-libopus.ts looks for it there. */
const LIBRARY = join(
  dirname(fileURLToPath(import.meta.url)),
  '../../build/libopus-1.5.2/libopus.so.0',
);
/** Where Debian and Ubuntu keep the keys of Debian's archive; without it apt's own keys have to do. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

try {
  if (!existsSync(LIBRARY)) fetchLibopus();
  console.log(LIBRARY);
} catch (error) {
  console.error(
    `No newer libopus could be fetched: ${error.message}\n` +
      'Where there is one, EARSHOT_LIBOPUS=/path/to/libopus.so.0 names it; without one its tests are skipped.',
  );
  process.exitCode = 1;
}

function fetchLibopus() {
  const scratch = `${dirname(LIBRARY)}.part`;
  rmSync(scratch, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'archives/partial', 'unpacked']) {
    mkdirSync(join(scratch, folder), { recursive: true });
  }
  const sources = join(scratch, 'sources.list');
  const signedBy = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  writeFileSync(sources, `deb ${signedBy}${debianMirror()} ${RELEASE} main\n`);
  // Proxies and the like stay as the machine has them.
  const options = [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
    'Dir::Etc::PreferencesParts=/dev/null',
    `Dir::State::Lists=${join(scratch, 'lists')}`,
    `Dir::Cache=${scratch}`,
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  run('apt-get', [...options, 'update']);
  run('apt-get', [...options, 'download', PACKAGE], { cwd: scratch });
  const archive = readdirSync(scratch).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get left no ${PACKAGE}`);
  run('dpkg-deb', ['-x', join(scratch, archive), join(scratch, 'unpacked')]);
  const libraries = join(scratch, 'unpacked/usr/lib');
  const unpacked = readdirSync(libraries, { recursive: true }).find((name) =>
    name.endsWith('/libopus.so.0'),
  );
  if (unpacked === undefined) throw new Error(`${PACKAGE} holds no libopus.so.0`);
  mkdirSync(dirname(LIBRARY), { recursive: true });
  copyFileSync(join(libraries, unpacked), LIBRARY);
  rmSync(scratch, { recursive: true, force: true });
}

/** The one that apt takes Debian's main archive from. */
function debianMirror() {
  const format = '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(SITE)';
  const mirrors = run('apt-get', ['indextargets', '--format', format])
    .split('\n')
    .map((line) => line.split('|'))
    .filter(
      ([origin, label, component]) => `${origin} ${label} ${component}` === 'Debian Debian main',
    )
    .map(([, , , site]) => site);
  if (mirrors.length > 0) return mirrors[0];
  throw new Error("this machine's apt knows no mirror of Debian; on Debian: sudo apt-get update");
}

function run(command, words, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    encoding: 'utf8',
    timeout: 300_000,
    ...options,
  });
  if (status === 0) return stdout;
  const said = error?.message ?? (stderr.trim() || `it ended with status ${status}`);
  throw new Error(`${command}: ${said}`);
}
