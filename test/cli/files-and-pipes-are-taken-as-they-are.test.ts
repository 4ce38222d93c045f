import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { MAIN, runCli } from '../helpers/run-cli.js';
import { serve } from '../helpers/serve.js';
import { call } from '../sfu/helpers/whip-client.js';

const CALL = 'fixtures/captures/clean.pcap';
const SPEECH = 'fixtures/speech/call.wav';
const folder = mkdtempSync(join(tmpdir(), 'earshot-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const empty = join(folder, 'empty');
mkdirSync(empty);

/** One line on stderr, nothing on stdout. */
async function refused(words: readonly string[], says: string | RegExp, exit = 1): Promise<void> {
  const { code, stdout, stderr } = await runCli(words);
  expect(stderr).toMatch(says);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stdout).toBe('');
  expect(code).toBe(exit);
}

describe('a file that is not there', () => {
  const missing = join(folder, 'nowhere.pcap');
  it.each([
    ['replay', [missing]],
    ['streams', [missing]],
    ['compare', [CALL, missing]],
    ['simulate', [missing, '--out', join(folder, 'o.pcap')]],
    ['simulate', [SPEECH, '--out', join(folder, 'o.pcap'), '--settings', missing]],
    ['replay', [CALL, '--speech', missing]],
  ])('is told of by %s, and nothing else', async (command, words) => {
    await refused(
      [command, ...words],
      new RegExp(`^earshot ${command}: ${missing}: no such file or folder\\n$`),
    );
  });

  it('has a name even where that is empty', async () => {
    await refused(['replay', ''], '"": no such file');
  });
});

describe('a folder', () => {
  it.each(['replay', 'streams', 'compare'])('that is empty is told of by %s', async (command) => {
    await refused([command, empty], `${empty}: no `);
  });

  it.each([
    ['the input of simulate', ['simulate', empty, '--out', join(folder, 'o.pcap')]],
    ['--settings', ['simulate', SPEECH, '--out', join(folder, 'o.pcap'), '--settings', empty]],
    ['--mahimahi', ['simulate', SPEECH, '--out', join(folder, 'o.pcap'), '--mahimahi', empty]],
    ['--speech', ['replay', CALL, '--speech', empty]],
  ])('in place of a file for %s is named', async (_what, words) => {
    await refused(words, `${empty}: is a folder`);
  });

  it.each(['--wav', '--html', '--frames'])('of captures is not written to one %s', async (flag) => {
    const out = join(folder, 'one');
    await refused(['replay', 'fixtures/captures', flag, out], `${flag} takes one capture`, 2);
    expect(existsSync(out)).toBe(false);
  });
});

it('a name that a terminal would obey is written out', async () => {
  const strange = join(folder, 'strange');
  mkdirSync(strange);
  // Sets the title of a terminal's window.
  copyFileSync(CALL, join(strange, 'a\u001b]0;owned\u0007.pcap'));
  for (const words of [
    ['streams', strange],
    ['replay', strange],
    ['compare', strange, '--mode', 'recognizer'],
    ['replay', join(strange, 'no\u001b[2J.pcap')],
  ]) {
    const { stdout, stderr } = await runCli(words);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout + stderr).not.toMatch(/[\u0007\u001b]/);
    expect(stdout + stderr).toMatch(/\\x1b/);
  }
});

it('a device in place of a file is not read', async () => {
  await refused(['simulate', '/dev/null', '--out', join(folder, 'o.pcap')], 'is no regular file');
});

// The device that is always full is Linux's.
describe.skipIf(!existsSync('/dev/full'))('a full disk', () => {
  it.each(['--wav', '--frames', '--html'])('under %s is told in a line', async (flag) => {
    await refused(
      ['replay', CALL, flag, '/dev/full'],
      /^earshot replay: Cannot write \/dev\/full: no space is left .*; free some, or name another place\n$/,
    );
  });
});

describe('a pipe in place of a file', () => {
  /** By a shell: the pipes of Node's own children are sockets, which have no name to be opened by. */
  async function piped(
    flag: string,
  ): Promise<{ readonly stdout: string; readonly stderr: string }> {
    const line = `"$0" "$1" replay ${CALL} ${flag} /dev/stdout | cat`;
    return await promisify(execFile)('sh', ['-c', line, process.execPath, MAIN], {
      maxBuffer: 1 << 24,
    });
  }

  it.each([
    ['--frames', /^\{"atUs":\d+.*\n\{/],
    ['--html', /^<!doctype html>[\s\S]*<\/html>/],
  ])('takes what %s writes', async (flag, written) => {
    expect(await piped(flag)).toMatchObject({ stdout: expect.stringMatching(written), stderr: '' });
  });

  it('cannot be a WAV', async () => {
    const { stdout, stderr } = await piped('--wav');
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^earshot replay: Cannot write \/dev\/stdout: it is a pipe or a terminal, .*\n$/,
    );
  });
});

it('a capture that is to be written over is left alone', async () => {
  const copy = join(folder, 'copy.pcap');
  copyFileSync(CALL, copy);
  for (const words of [
    ['replay', copy, '--html', copy],
    ['simulate', copy, '--out', copy],
  ]) {
    await refused(words, 'it is the same file as', 2);
  }
  expect(statSync(copy).size).toBe(statSync(CALL).size);
});

describe('a pipe that its reader closed', () => {
  it('ends a command in silence', async () => {
    const child = spawn(process.execPath, [MAIN, 'replay', '--json', CALL], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += String(text);
    });
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it.each(['stdout', 'stderr'] as const)('does not end the server: %s', async (stream) => {
    const server = await serve(['--recognizer', 'activity', '--log-level', 'debug'], {
      closing: stream,
    });
    const watching = await fetch(`${server.url}/rooms/a-room/events`);
    const told = watching.text();
    const caller = await call(server.url, 'a-room');
    try {
      for (let requests = 0; requests < 5; requests++) {
        // Each is a line of the log.
        expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } finally {
      expect(await server.end('SIGINT')).toBe(0);
    }
    // Ended in good order: calls first, and who watches is told.
    expect(await told).toContain('participant-left');
    await caller.publisher.close();
  });
});
