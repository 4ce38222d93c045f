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
    const [{ code, stdout }, asked] = await Promise.all([
      runCli([command, '--help']),
      runCli(['help', command]),
    ]);

    expect(code).toBe(0);
    expect(asked).toEqual({ code, stdout, stderr: '' });
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
    ['unknown command "repaly"', ['help', 'repaly']],
    ['help is of one command at a time', ['help', 'replay', 'streams']],
    ['unknown flag --jsn', ['--jsn']],
    ["Unknown option '--jsn'; there is --json", ['doctor', '--jsn']],
    ["Unknown option '--jsn'; there is --json", ['replay', 'x.pcap', '--jsn']],
    ["Unknown option '--prot'; there is --port", ['serve', '--prot', '80']],
    ["Unknown option '--deadline'; there is --deadline-ms", ['replay', 'x', '--deadline', '5']],
    ["Unknown option '--frobnicate' (", ['replay', 'x.pcap', '--frobnicate']],
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
    ['--max-delay-ms takes an integer in 20..1000', ['replay', 'a.pcap', '--max-delay-ms', '5']],
    ['--max-delay-ms is of --mode playout', ['replay', 'a.pcap', '--max-delay-ms', '90']],
    ['--mode takes recognizer or playout', ['replay', 'a.pcap', '--mode', 'sideways']],
    ['--concealment takes classic or deep', ['replay', 'a.pcap', '--concealment', 'none']],
    ['--codec takes a payload type in 0..127', ['replay', 'a.pcap', '--codec', 'L16/16000']],
    ['--codec takes a payload type in 0..127', ['replay', 'a.pcap', '--codec', '128=L16/16000']],
    [
      '--codec names payload type 96 twice',
      ['replay', 'a.pcap', '--codec', '96=L16/8000', '--codec', '96=PCMU/8000'],
    ],
    ['--speech-fec takes on or off', ['replay', 'a.csv', '--speech-fec', 'maybe']],
    ['what is to be sent', ['simulate']],
    ['one input at a time', ['simulate', 'a.wav', 'b.wav', '--out', 'o.pcap']],
    ['where to? --out takes', ['simulate', 'a.wav']],
    ['--out takes a name that ends in .pcap, .csv or .ndjson', ['simulate', 'a.wav', '--out', 'o']],
    ...(
      [
        ['--network', 'wlan', '--network takes clean or wifi or lte'],
        ['--seed', '-1', '--seed takes an integer'],
        ['--loss', '5%', '--loss takes iid:5%, burst:5%,3, ge:1%,30% or none, got "5%"'],
        ['--loss', 'iid:150%', 'loss.ratio to be a number in 0..1, got 1.5'],
        ['--loss', 'burst:5%', '--loss takes iid:5%, burst:5%,3'],
        ['--loss', 'heavy:5%', '--loss takes iid:5%'],
        ['--jitter', 'gamma:10', '--jitter takes uniform:10, gamma:10,7'],
        ['--jitter', 'corr:25,20,0', 'jitter.timeConstantMs'],
        ['--order', 'chaos', 'order to be one of in-order, free'],
        ['--holds', '1,2', '--holds takes 2000,30,150'],
        ['--spikes', '1,2,3,4,5', '--spikes takes 10000,250,500'],
        ['--steps', '80', '--steps takes 10000:500'],
        ['--stall', '1:2:3', '--stall takes 10000:500'],
        ['--outage', 'x:1', '--outage takes 10000:500'],
        ['--reorder', '2%', '--reorder takes 2%,20,60'],
        ['--duplicate', 'twice', '--duplicate takes 1%,5'],
        ['--drift', '5000', 'driftPpm to be a number in -1000..1000'],
        ['--queue', '42p', '--queue and --cross are of a link'],
        ['--red', '9', '--red takes an integer in 1..8'],
      ] as const
    ).map(([flag, value, says]): [string, string[]] => [
      says,
      ['simulate', 'fixtures/speech/call.wav', '--out', 'o.pcap', `${flag}=${value}`],
    ]),
    [
      'give --network or --settings, not both',
      ['simulate', 'a.wav', '--out', 'o.pcap', '--network', 'lte', '--settings', 'n.json'],
    ],
    [
      '--times has no meaning here: a WAV is spoken',
      ['simulate', 'fixtures/speech/call.wav', '--out', 'o.pcap', '--times', 'ideal'],
    ],
    [
      '--bitrate has no meaning here: a capture is sent as it is',
      ['simulate', 'fixtures/captures/clean.pcap', '--out', 'o.pcap', '--bitrate', '9000'],
    ],
    [
      '--drift is followed by another flag; a value that begins with - is given as --drift=-1',
      ['simulate', 'a.wav', '--out', 'o.pcap', '--drift', '-300'],
    ],
    [
      '--deadline-ms is of --mode recognizer',
      ['replay', 'a.pcap', '--mode', 'playout', '--deadline-ms', '50'],
    ],
    ['--seed is of --network', ['compare', 'a.pcap', '--seed', '1,2']],
    ['the encoding G722 is not supported', ['replay', 'a.pcap', '--codec', '96=G722/8000']],
  ])('%s', async (says, words) => {
    const { code, stdout, stderr } = await runCli(words);

    expect(stderr).toContain(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
