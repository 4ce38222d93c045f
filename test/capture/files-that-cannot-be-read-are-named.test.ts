import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unreadable } from '../../src/capture/readable-file.js';
import { openCapture, readWav } from '../../src/replay/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-unreadable-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'file');
writeFileSync(file, 'x');
const pipe = join(folder, 'pipe');
execFileSync('mkfifo', [pipe]);

describe.each([
  ['a capture', openCapture],
  ['a WAV', readWav],
] as const)('%s', (_what, open) => {
  function refusal(path: string): unknown {
    try {
      open(path);
      return undefined;
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      return { code, message };
    }
  }

  it.each([
    ['nowhere', 'no such file or folder'],
    ['file/below', 'no such file or folder'],
    ['', 'is a folder; one file is taken here'],
    // Not waited for, though nobody writes into it.
    ['pipe', 'is a pipe; write it to a file first'],
  ])('that is %j is named with what it is', (name, reason) => {
    const path = name === '' ? folder : join(folder, name);
    expect(refusal(path)).toEqual({ code: 'EARSHOT_BAD_CAPTURE', message: `${path}: ${reason}` });
  });

  it('without a name has one all the same', () => {
    expect(refusal('')).toMatchObject({ message: '"": no such file or folder' });
  });
});

it('a file without the right to read it says so', () => {
  const cause = Object.assign(new Error('EACCES: permission denied, open'), { code: 'EACCES' });
  expect(unreadable('secret.pcap', cause)).toMatchObject({
    code: 'EARSHOT_BAD_CAPTURE',
    message: 'secret.pcap: no permission to read it',
    cause,
  });
});
