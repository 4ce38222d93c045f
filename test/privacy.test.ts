import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Every host a file of the repository may name; a new one is added here with open eyes. */
const KNOWN_HOSTS = [
  '127.0.0.1',
  'localhost',
  'biomejs.dev',
  'creativecommons.org',
  'datatracker.ietf.org',
  'github.com',
  'keepachangelog.com',
  'nodejs.org',
  'semver.org',
  'www.ietf.org', // names an RTP header extension, as www.webrtc.org does
  'www.rfc-editor.org',
  'www.w3.org',
  'www.webrtc.org',
];

const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
});
const files = git.stdout
  .split('\0')
  // A file that is deleted and not yet committed so is still listed.
  .filter((file) => existsSync(file))
  .filter((file) =>
    /\.(ts|mjs|js|json|md|yml|html|css|svg|cc|h|gyp|gypi|tsv|txt|csv)$|^\.[\w/-]+$/.test(file),
  );
const inGit = git.status === 0 && files.length > 0;

function linesThat(matches: (line: string) => boolean, except: RegExp): readonly string[] {
  return files
    .filter((file) => !except.test(file))
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, index) => (matches(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    );
}

describe.skipIf(!inGit)('what the repository names (needs a git clone)', () => {
  it('no absolute folder of the machine it was made on', () => {
    const folder = /(?<![\w.\-/:$}])\/(work|root|home|Users)\//;
    expect(linesThat((line) => folder.test(line), /^test\/privacy/)).toEqual([]);
  });

  it('no folder beside the clone, but for the one .ci/run may look into', () => {
    const beside = /\.\.\/shared\b/;
    const lines = linesThat((line) => beside.test(line), /^test\/privacy/);
    expect(lines.filter((line) => !line.startsWith('.ci/run:'))).toEqual([]);
  });

  it('no registry: the lock file holds no download address', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved": "http/);
  });

  it('no host but the known ones', () => {
    const unknown = linesThat(
      (line) =>
        [...line.matchAll(/\b(?:https?|wss?):\/\/([a-z0-9.-]+\.[a-z0-9-]+|localhost)/gi)].some(
          ([, host = '']) =>
            !KNOWN_HOSTS.includes(host.toLowerCase()) && !/(^|\.)example(\.|$)/.test(host),
        ),
      // The funding links of other people's packages stand in the lock file.
      /^package-lock\.json$/,
    );
    expect(unknown).toEqual([]);
  });
});
