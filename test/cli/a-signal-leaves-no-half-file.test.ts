import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildRtp } from '../../src/index.js';
import { openCapture, writePcap } from '../../src/replay/index.js';
import { MAIN } from '../helpers/run-cli.js';

const root = mkdtempSync(join(tmpdir(), 'earshot-signal-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** An hour, so that there is time to end it. */
const PACKETS = 180_000;
const long = join(root, 'long.pcap');
const [spoken] = openCapture('fixtures/captures/clean.pcap').packets();
writeFileSync(
  long,
  writePcap(
    Array.from({ length: PACKETS }, (_, i) => ({
      atUs: i * 20_000,
      data: buildRtp(
        { payloadType: 111, sequenceNumber: i & 0xffff, timestamp: (i * 960) >>> 0, ssrc: 1 },
        (spoken?.data ?? new Uint8Array()).subarray(12),
      ),
    })),
  ),
);

const KEPT = 'what was there before';

/** Ends a command once it has begun to write. */
async function ended(
  words: readonly string[],
  folder: string,
  signal: 'SIGINT' | 'SIGTERM',
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (text) => {
      texts[stream] += String(text);
    });
  }
  const closed = once(child, 'close');
  while (!readdirSync(folder).some((name) => name.endsWith('.part'))) {
    if (child.exitCode !== null) throw new Error(`ended by itself: ${texts.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill(signal);
  const [code] = await closed;
  return { code, ...texts };
}

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s', (signal, exitCode) => {
  it.each([
    ['replay', (folder: string) => ['--wav', join(folder, 'a'), '--html', join(folder, 'b')]],
    ['replay', (folder: string) => ['--frames', join(folder, 'a')]],
    ['simulate', (folder: string) => ['--out', join(folder, 'a.pcap')]],
  ])('during %s leaves files as they were', async (command, outputsOf) => {
    const folder = mkdtempSync(join(root, 'o-'));
    const outputs = outputsOf(folder);
    const [, first] = outputs;
    writeFileSync(first ?? '', KEPT);
    const { code, stdout, stderr } = await ended([command, long, ...outputs], folder, signal);
    expect({ code, stdout, stderr }).toEqual({
      code: exitCode,
      stdout: '',
      stderr: `earshot ${command}: ended by ${signal}\n`,
    });
    expect(readdirSync(folder)).toHaveLength(1);
    expect(readFileSync(first ?? '', 'utf8')).toBe(KEPT);
  });
});
