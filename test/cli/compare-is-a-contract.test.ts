import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/compare/compare.js';
import { ROW_NUMBERS } from '../../src/compare/row.js';
import { buildRtp } from '../../src/index.js';
import { writePcap } from '../../src/replay/index.js';
import { talk, throughNetwork } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { MAIN, runCli } from '../helpers/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RATE_HZ = 16_000;
const sent = talk(fixtureCall().pcm.subarray(0, 5 * RATE_HZ), {
  sampleRateHz: RATE_HZ,
  fec: 'on',
  ssrc: 0xabcdef,
});

function captureOf(name: string, packets: Parameters<typeof writePcap>[0]): string {
  const path = join(folder, name);
  writeFileSync(path, writePcap(packets));
  return path;
}

const clean = captureOf('a-clean.pcap', sent);
const lossy = captureOf(
  'b-lossy.pcap',
  throughNetwork(sent, {
    seed: 4,
    loss: { kind: 'iid', ratio: 0.1 },
    jitter: { kind: 'gamma', meanMs: 8, deviationMs: 8 },
  }),
);
const broken = join(folder, 'c-broken.pcap');
writeFileSync(broken, Buffer.concat([writePcap(sent.slice(0, 9)), Buffer.alloc(21, 0xff)]));
writeFileSync(join(folder, 'notes.txt'), 'no capture');

async function compared(words: readonly string[]): Promise<Comparison> {
  const { code, stdout, stderr } = await runCli(['compare', ...words, '--json']);
  if (stdout === '') throw new Error(`nothing on stdout, code ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

describe('earshot compare', () => {
  it('has a row for each receiver on each capture, and those of the references', async () => {
    const { code, stdout, stderr } = await runCli([
      'compare',
      clean,
      lossy,
      '--deadline-ms',
      '50,100',
      '--json',
    ]);
    const { rows, failures }: Comparison = JSON.parse(stdout);

    expect({ code, stderr, failures }).toEqual({ code: 0, stderr: '', failures: [] });
    for (const capture of [clean, lossy]) {
      expect(
        rows
          .filter((row) => row.capture === capture)
          .map(({ contender, receiver }) => [contender, receiver?.mode, receiver?.deadlineMs]),
      ).toEqual([
        ['earshot', 'recognizer', 50],
        ['earshot', 'recognizer', 100],
        ['earshot', 'playout', null],
        ['neteq-like', undefined, undefined],
        ['fixed-delay', undefined, undefined],
        ['talkspurt-bound', undefined, undefined],
        ['in-order-bound', undefined, undefined],
      ]);
    }
    for (const { latencyMs, concealedRatio, costMs } of rows) {
      expect(costMs).toBeCloseTo(latencyMs.mean + 2000 * concealedRatio, 2);
    }
  });

  it('tells an easy call from a hard one, and nobody from below the oracle who plays by its rules', async () => {
    const { rows } = await compared([clean, lossy]);
    const of = (capture: string, contender: string) =>
      rows.find((row) => row.capture === capture && row.contender === contender);

    expect(of(clean, 'earshot')).toMatchObject({ concealedRatio: 0, packets: { lost: 0 } });
    expect(of(clean, 'earshot')?.latencyMs.p99).toBeLessThan(1);
    expect(of(lossy, 'earshot')?.concealedRatio).toBeGreaterThan(0);
    expect(of(lossy, 'earshot')?.packets?.lost).toBeGreaterThan(10);
    expect(of(lossy, 'neteq-like')?.latencyMs.mean).toBeGreaterThan(20);
    for (const row of rows.filter(({ contender }) => contender !== 'earshot')) {
      expect(row.overOracleMs).toBeGreaterThanOrEqual(0);
    }
  });

  it('prints a block for each call, and names of settings where there are several', async () => {
    const { code, stdout } = await runCli(['compare', folder, '--mode', 'recognizer'], {
      COLUMNS: '120',
    });

    expect(code).toBe(1);
    expect(stdout).toMatch(/a-clean\.pcap\n +mean +p50 .* over oracle\n/);
    expect(stdout).toMatch(/^earshot recognizer, deadline 150 +\d/m);
    expect(stdout).toMatch(/^NetEQ-like +\d/m);
    expect(stdout).toMatch(/^no result {2}.*c-broken\.pcap: .*byte \d+/m);
  });

  it('is told what a payload type means', async () => {
    const pcmu = captureOf(
      'pcmu.pcap',
      sent.slice(0, 50).map(({ atUs }, n) => ({
        atUs,
        data: buildRtp(
          { payloadType: 125, sequenceNumber: n, timestamp: n * 160, ssrc: 3 },
          new Uint8Array(160).fill(0xd5),
        ),
      })),
    );
    const [untold, told] = await Promise.all([
      compared([pcmu]),
      compared([pcmu, '--codec', '125=PCMU/8000']),
    ]);
    rmSync(pcmu);

    expect(untold.failures[0]?.reason).toMatch(/no stream that can be played/);
    expect(told.failures).toEqual([]);
    expect(told.rows[0]?.packets?.received).toBe(50);
  });

  it('a broken capture costs its own rows, code 1 and a line on stderr, and no other', async () => {
    const words = ['compare', clean, broken, lossy, '--mode', 'recognizer', '--csv'];
    const { code, stdout, stderr } = await runCli(words);
    const lines = stdout.trim().split('\r\n');

    expect(code).toBe(1);
    expect(lines).toHaveLength(1 + 2 * 5);
    expect(stderr).toMatch(/^no result {2}.*c-broken\.pcap: .*\n$/);
  });

  it('CSV has a column for every number, empty where a row has none', async () => {
    const { stdout } = await runCli(['compare', lossy, '--mode', 'playout', '--csv']);
    const [head = '', ...lines] = stdout.trim().split('\r\n');
    const columns = head.split(',');

    for (const name of Object.keys(ROW_NUMBERS)) expect(columns).toContain(name);
    for (const line of lines) expect(line.split(',')).toHaveLength(columns.length);
    const bound = lines.find((line) => line.includes('talkspurt-bound'))?.split(',') ?? [];
    expect(bound[columns.indexOf('latencyMs.p95')]).toBe('');
    expect(Number(bound[columns.indexOf('latencyMs.mean')])).toBeGreaterThan(0);
  });

  it('says the same with any number of workers', async () => {
    const words = [lossy, clean, broken, '--deadline-ms', '30,60,150', '--max-delay-ms', '100,500'];

    const [one, three] = await Promise.all([
      compared([...words, '--workers', '1']),
      compared([...words, '--workers', '3']),
    ]);

    expect(one.rows).toHaveLength(2 * (3 + 2 + 4));
    expect(three).toEqual(one);
  });

  it('a condition that holds ends with code 3 and says where; one that does not ends with 0', async () => {
    const words = ['compare', clean, lossy, '--mode', 'recognizer'];
    const [held, passed, named] = await Promise.all([
      runCli([...words, '--fail-if', 'packets.lost>0 && latencyMs.p95>=0']),
      runCli([...words, '--fail-if', 'latencyMs.p95>1000', '--fail-if', 'interruptions>1e3']),
      runCli([...words, '--fail-if', 'best: concealedRatio>1%']),
    ]);

    expect(held.code).toBe(3);
    expect(held.stderr).toMatch(/^fails: packets\.lost>0 .* in 1 row, of .*b-lossy\.pcap\n$/);
    expect(passed).toMatchObject({ code: 0, stderr: '' });
    expect(named.code).toBe(3);
    expect(named.stderr).toMatch(/^fails: best: concealedRatio>1% in 1 row, of .*b-lossy\.pcap\n$/);
  });

  it.each([
    ['latencyMs.p96>1', /Unknown number latencyMs\.p96; .*latencyMs\.p95/],
    ['deadline 100: latencyMs.p95>1', /No row is called "deadline 100"; there are .*deadline 150/],
    ['latencyMs.p95>150; process.exit()', /Expected a condition like/],
    ['latencyMs.p95>150 ||', /Expected a condition like/],
  ])('refuses the condition %s before it plays anything', async (condition, says) => {
    const { code, stderr } = await runCli(['compare', 'none.pcap', '--fail-if', condition]);

    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });

  it.each([
    [['--nack-rtt', '60'], /NACK needs a simulated network/],
    [['--red', '1'], /RED needs a simulated network/],
    [['--network', 'wifi,moon'], /--network takes .*wifi/],
    [['--deadline-ms', '50,,60'], /--deadline-ms takes an integer/],
    [['--json', '--csv'], /not both/],
  ])('refuses %s by name', async (flags, says) => {
    const { code, stdout, stderr } = await runCli(['compare', clean, ...flags]);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });

  it('refuses more combinations than anybody waits for', async () => {
    const seeds = Array.from({ length: 6000 }, (_, n) => n).join(',');
    const { code, stderr } = await runCli(['compare', clean, '--network', 'wifi', '--seed', seeds]);

    expect(code).toBe(2);
    expect(stderr).toMatch(/at most 10000 combinations, got 12000/);
  });

  it('sends a clean capture over a network, where lost packets can be asked for and repeated', async () => {
    const { rows, failures } = await compared([
      clean,
      lossy,
      ...['--network', 'wifi', '--seed', '1,2', '--mode', 'recognizer'],
      ...['--nack-rtt', '0,40', '--red', '0,2', '--deadline-ms', '150'],
    ]);
    const row = (seed: number, nackRttMs: number, redDistance: number) =>
      rows.find(
        (one) =>
          one.seed === seed &&
          one.receiver?.nackRttMs === nackRttMs &&
          one.redDistance === redDistance,
      );

    expect(failures.map(({ capture }) => capture)).toEqual(new Array(4).fill(lossy));
    expect(failures[0]?.reason).toMatch(/lacks \d+ packets/);
    const lost = [1, 2].reduce((sum, seed) => sum + (row(seed, 0, 0)?.packets?.lost ?? 0), 0);
    expect(lost).toBeGreaterThan(0);
    for (const seed of [1, 2]) {
      const [plain, asked, repeated] = [row(seed, 0, 0), row(seed, 40, 0), row(seed, 0, 2)];
      expect(plain?.packets?.requested).toBe(0);
      expect(asked?.packets?.requested).toBeGreaterThanOrEqual(plain?.packets?.lost ?? 0);
      expect(asked?.packets?.lost).toBeLessThanOrEqual(plain?.packets?.lost ?? 0);
      expect(asked?.concealedRatio).toBeLessThanOrEqual(plain?.concealedRatio ?? 0);
      expect(repeated?.concealedRatio).toBeLessThanOrEqual(plain?.concealedRatio ?? 0);
    }
  });

  it('shows what eagerness at holes costs, and is worth', async () => {
    const { rows } = await compared([lossy, '--eagerness', '0,10', '--mode', 'recognizer']);
    const row = (eagerness: number) => rows.find((one) => one.receiver?.eagerness === eagerness);

    expect(row(0)?.latencyMs.mean).toBeGreaterThan(row(10)?.latencyMs.mean ?? Number.NaN);
    expect(row(0)?.concealedRatio).toBeLessThanOrEqual(row(10)?.concealedRatio ?? Number.NaN);
  });

  it('sends a WAV file over a network, and refuses one without', async () => {
    const wav = join(import.meta.dirname, '../../fixtures/speech/call.wav');
    const [sentOver, alone] = await Promise.all([
      compared([wav, '--network', 'clean', '--mode', 'recognizer']),
      compared([wav]),
    ]);

    expect(sentOver.failures).toEqual([]);
    expect(sentOver.rows[0]).toMatchObject({ network: 'clean', seed: 1, concealedRatio: 0 });
    expect(alone.rows).toEqual([]);
    expect(alone.failures[0]?.reason).toMatch(/needs a network/);
  });

  it('a worker that dies costs its one row', async (ctx) => {
    if (process.platform !== 'linux') ctx.skip('finds the worker in /proc');
    const deadlines = Array.from({ length: 40 }, (_, n) => n).join(',');
    const flags = ['--mode', 'recognizer', '--deadline-ms', deadlines, '--workers', '1', '--json'];
    const child = spawn(process.execPath, [MAIN, 'compare', lossy, ...flags]);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const closed = once(child, 'close');
    const workers = `/proc/${child.pid}/task/${child.pid}/children`;
    let worker = '';
    while (worker === '') {
      await new Promise((resolve) => setTimeout(resolve, 50));
      worker = readFileSync(workers, 'utf8').trim();
    }
    process.kill(Number(worker), 'SIGKILL');
    const [code] = await closed;
    const { rows, failures }: Comparison = JSON.parse(stdout);

    expect(code).toBe(1);
    expect(failures.map(({ reason }) => reason)).toEqual(['its worker ended with SIGKILL']);
    expect(rows).toHaveLength(39 + 4);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends cleanly on %s', async (signal, exitCode) => {
    const deadlines = Array.from({ length: 400 }, (_, n) => n).join(',');
    const child = spawn(process.execPath, [MAIN, 'compare', lossy, '--deadline-ms', deadlines]);
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
    }
    const closed = once(child, 'close');
    setTimeout(() => child.kill(signal), 1500);
    const [code] = await closed;

    expect(code).toBe(exitCode);
    expect(output.join('')).toMatch(
      new RegExp(`^earshot compare: ended by ${signal} after \\d+ of .* runs\\n$`),
    );
  });
});
