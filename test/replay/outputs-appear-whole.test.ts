import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openCapture, replay, replayEvents } from '../../src/replay/index.js';
import { OutputFile } from '../../src/replay/output-file.js';
import { checkApart } from '../../src/replay/outputs.js';

const CALL = 'fixtures/captures/loss5-fec.pcap';
const root = mkdtempSync(join(tmpdir(), 'earshot-outputs-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'o-'));
  path = join(folder, 'out');
});

function codeOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe('an output', () => {
  it('is there when it is complete, and nothing else', () => {
    const file = new OutputFile(path);
    file.write(Buffer.from('ab'));
    expect(existsSync(path)).toBe(false);
    file.write(Buffer.from('c'));
    file.complete();
    expect(readFileSync(path, 'utf8')).toBe('abc');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('leaves what was there before when it is given up', () => {
    writeFileSync(path, 'before');
    {
      using file = new OutputFile(path);
      file.write(Buffer.from('half'));
    }
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('stays when it is disposed of behind its end', () => {
    {
      using file = new OutputFile(path);
      file.write(Buffer.from('whole'));
      file.complete();
    }
    expect(readFileSync(path, 'utf8')).toBe('whole');
  });

  it('goes where a link points, and keeps the rights of what it replaces', () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'before');
    chmodSync(target, 0o640);
    symlinkSync(target, path);
    const file = new OutputFile(path);
    file.write(Buffer.from('new'));
    file.complete();
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(['out', 'target']);
  });

  it('is refused with its own name where there is no folder, and where it is one', () => {
    const nowhere = join(folder, 'none', 'out');
    expect(() => new OutputFile(nowhere)).toThrow(
      `Cannot write ${nowhere}: there is no such folder`,
    );
    expect(codeOf(() => new OutputFile(nowhere))).toBe('EARSHOT_BAD_OPTION');
    mkdirSync(path);
    expect(() => new OutputFile(path)).toThrow(`Cannot write ${path}: it is a folder`);
  });

  it.skipIf(!existsSync('/dev/full'))('says which file a full disk did not take', () => {
    using file = new OutputFile('/dev/full');
    expect(() => file.write(Buffer.from('x'))).toThrow(/^Cannot write \/dev\/full: no space/);
    expect(codeOf(() => file.write(Buffer.from('x')))).toBe('EARSHOT_WRITE_FAILED');
  });
});

describe('two outputs', () => {
  it('that are not there yet are one when their place is', () => {
    mkdirSync(join(folder, 'a'));
    symlinkSync(join(folder, 'a'), join(folder, 'b'));
    expect(codeOf(() => checkApart(join(folder, 'a', 'x'), join(folder, 'b', 'x')))).toBe(
      'EARSHOT_BAD_OPTION',
    );
    checkApart(join(folder, 'a', 'x'), join(folder, 'a', 'y'));
    checkApart(join(folder, 'none', 'x'), join(folder, 'none', 'x'));
  });

  it('that are there are one when they are linked', () => {
    writeFileSync(path, '');
    linkSync(path, join(folder, 'other'));
    expect(codeOf(() => checkApart(path, join(folder, 'other')))).toBe('EARSHOT_BAD_OPTION');
  });
});

describe('the outputs of a replay', () => {
  it('are not there when it is ended', async () => {
    const ending = new AbortController();
    const ended = replay(openCapture(CALL), {
      wavPath: path,
      framesPath: join(folder, 'frames'),
      signal: ending.signal,
      onFrame: () => ending.abort(new Error('enough')),
    });
    await expect(ended).rejects.toThrow('enough');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are not there when its reader goes away', async () => {
    for await (const { type } of replayEvents(openCapture(CALL), { wavPath: path })) {
      expect(type).toBe('frame');
      break;
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(!existsSync('/dev/full'))('are not there when one of them fails', async () => {
    const failed = replay(openCapture(CALL), { wavPath: path, framesPath: '/dev/full' });
    await expect(failed).rejects.toMatchObject({
      code: 'EARSHOT_WRITE_FAILED',
      message: expect.stringMatching(/^Cannot write \/dev\/full: /),
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
