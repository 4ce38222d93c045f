import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { capturesIn, writePcap } from '../../src/replay/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PCAP = writePcap([{ atUs: 0, data: Buffer.from('a packet') }]);
mkdirSync(join(folder, 'b'));
for (const name of ['b/2.pcap', 'b/10.pcap', 'a.pcap', 'c', '.hidden.pcap']) {
  writeFileSync(join(folder, name), PCAP);
}
writeFileSync(join(folder, 'notes.txt'), 'RIFF');
symlinkSync(folder, join(folder, 'b', 'loop'));

describe('the captures of a folder', () => {
  it('are told by what they begin with, in the order of their paths; the others have a reason each', () => {
    const { isFolder, files, leftOut } = capturesIn(folder);
    expect(isFolder).toBe(true);
    expect(files).toEqual(
      ['a.pcap', 'b/10.pcap', 'b/2.pcap', 'c'].map((name) => join(folder, name)),
    );
    expect(leftOut.map(({ reason }) => reason.replace(`${folder}/`, ''))).toEqual([
      '.hidden.pcap: hidden, not looked into',
      'b/loop: a link, not followed',
      expect.stringMatching(/^notes\.txt, byte 0: not a capture of a known format: [^\n]+$/),
    ]);
  });

  it('are one where the path is a file, whatever it is', () => {
    const file = join(folder, 'notes.txt');
    expect(capturesIn(file)).toEqual({ isFolder: false, files: [file], leftOut: [] });
  });

  it('are none where the path is nothing', () => {
    expect(() => capturesIn(join(folder, 'nowhere'))).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_CAPTURE',
        message: expect.stringMatching(/nowhere: no such file or folder$/),
      }),
    );
  });
});
