import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from '../helpers/run-cli.js';

const COMMANDS = ['serve', 'replay', 'streams', 'simulate', 'compare', 'doctor'];

describe('earshot --help', () => {
  it.each([[], ['--help'], ['-h'], ['help']])(
    'lists every command and where to start (%s)',
    async (...words) => {
      const { code, stdout, stderr } = await runCli(words);

      expect(code).toBe(0);
      expect(stderr).toBe('');
      for (const command of COMMANDS) expect(stdout).toContain(`  ${command} `);
      expect(stdout).toContain('Start here:');
      expect(stdout).toContain('Exit codes:');
    },
  );

  it.each(COMMANDS)('%s --help has usage, flags and an example', async (command) => {
    const { code, stdout } = await runCli([command, '--help']);

    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: earshot ${command}`);
    expect(stdout).toContain('Example');
    expect(stdout).toMatch(/^ {2}earshot /m);
  });

  it('help wins over whatever else is on the line', async () => {
    const { code, stdout } = await runCli(['replay', '--mode', 'sideways', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: earshot replay');
  });
});

it('--version is that of package.json', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect((await runCli(['--version'])).stdout).toBe(`${version}\n`);
});

describe('a wrong command line ends with code 2, one line on stderr, and nothing on stdout', () => {
  it.each([
    ['unknown command "repaly"', ['repaly']],
    ['unknown command "constructor"', ['constructor']],
    ['unknown flag --jsn', ['--jsn']],
    ["Unknown option '--jsn'", ['doctor', '--jsn']],
    ["Unknown option '--jsn'", ['replay', 'x.pcap', '--jsn']],
    ["Unknown option '--prot'", ['serve', '--prot', '80']],
    ['doctor takes no more', ['doctor', 'more']],
    ['which capture', ['replay']],
    ['one capture', ['replay', 'a.pcap', 'b.pcap']],
    ['which capture', ['streams']],
    ['one capture', ['streams', 'a.pcap', 'b.pcap']],
    ['--srtp-suite needs a --srtp-key', ['streams', 'a.pcap', '--srtp-suite', 'AEAD_AES_128_GCM']],
    ['--srtp-suite takes AES_CM_128', ['streams', 'a.pcap', '--srtp-suite', 'AES']],
    [
      '--deadline-ms takes an integer in 0..1000, got "soon"',
      ['replay', 'a.pcap', '--deadline-ms', 'soon'],
    ],
    [
      '--deadline-ms takes an integer in 0..1000, got "5000"',
      ['replay', 'a.pcap', '--deadline-ms', '5000'],
    ],
    ['--payload-type takes an integer in 0..127', ['replay', 'a.pcap', '--payload-type', '200']],
    ['--ssrc takes an integer in 0..4294967295', ['replay', 'a.pcap', '--ssrc=-1']],
    ['--sample-rate takes 8000 or 12000', ['replay', 'a.pcap', '--sample-rate', '44100']],
    ['--mode takes recognizer or playout', ['replay', 'a.pcap', '--mode', 'sideways']],
    ['--concealment takes classic or deep', ['replay', 'a.pcap', '--concealment', 'none']],
    ['--codec takes a payload type in 0..127', ['replay', 'a.pcap', '--codec', 'L16/16000']],
    ['--codec takes a payload type in 0..127', ['replay', 'a.pcap', '--codec', '128=L16/16000']],
    [
      '--codec names payload type 96 twice',
      ['replay', 'a.pcap', '--codec', '96=L16/8000', '--codec', '96=PCMU/8000'],
    ],
    ['the encoding G722 is not supported', ['replay', 'a.pcap', '--codec', '96=G722/8000']],
  ])('%s', async (says, words) => {
    const { code, stdout, stderr } = await runCli(words);

    expect(stderr).toContain(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
