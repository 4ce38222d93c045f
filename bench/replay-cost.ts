import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildRtp, OpusDecoder, parseRtp } from '../src/index.js';
import { openCapture, replay, writePcap } from '../src/replay/index.js';
import { throughNetwork } from '../src/simulate/index.js';
import { encodeFixtureCall } from './material.js';

const PACKETS_AN_HOUR = 180_000;
const FRAME_US = 20_000;
const FRAME_TICKS = 960;
const SAMPLE_RATE_HZ = 16_000;
const ROUNDS = 5;
const CLI = join(import.meta.dirname, '..', 'src', 'cli', 'main.js');
const TELL_PEAK = `process.on('exit', () => console.error('\\n' + process.resourceUsage().maxRSS))`;

export interface ReplayCost {
  /**
   * `replay` of a capture file of an hour, from its first byte to the report, over decoding its packets, in CPU time of all
   * threads, which is what one core takes: median of the rounds.
   */
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  /** The command with `--json` in a process of its own. */
  readonly commandSeconds: number;
  readonly commandPeakMegabytes: number;
}

/** Replays an hour of the fixture call, over and over, through a network that jitters and loses 2 %. */
export function measureReplayCost(): ReplayCost {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-bench-'));
  try {
    const path = join(folder, 'hour.pcap');
    writeFileSync(path, writePcap(anHour()));
    const startMs = performance.now();
    const command = [
      '--import',
      `data:text/javascript,${TELL_PEAK}`,
      CLI,
      'replay',
      path,
      '--json',
    ];
    const run = spawnSync(process.execPath, command, { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    const commandSeconds = (performance.now() - startMs) / 1000;
    const commandPeakMegabytes = Number(run.stderr.trim().split('\n').at(-1)) / 1000;

    // In a process of its own: its heap is not that of the benchmarks before.
    const child = execFileSync(process.execPath, [import.meta.filename, path], {
      encoding: 'utf8',
    });
    const ratios: number[] = JSON.parse(child);
    ratios.sort((a, b) => a - b);
    return {
      ratio: ratios[Math.floor(ratios.length / 2)] ?? Number.NaN,
      lowestRatio: ratios[0] ?? Number.NaN,
      highestRatio: ratios.at(-1) ?? Number.NaN,
      commandSeconds,
      commandPeakMegabytes,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function anHour(): ReturnType<typeof throughNetwork> {
  const material = encodeFixtureCall();
  const sent = Array.from({ length: PACKETS_AN_HOUR }, (_, i) => ({
    atUs: i * FRAME_US,
    data: buildRtp(
      { payloadType: 111, sequenceNumber: i & 0xffff, timestamp: i * FRAME_TICKS, ssrc: 1 },
      material[i % material.length]?.payload ?? new Uint8Array(),
    ),
  }));
  return throughNetwork(sent, {
    seed: 1,
    jitter: { kind: 'gamma', meanMs: 8, deviationMs: 6 },
    loss: { kind: 'gilbert-elliott', ratio: 0.02, meanBurstPackets: 1.5 },
  });
}

/** Both sides of the ratio in turn, so that a slow machine slows both. */
async function replayOverDecode(path: string): Promise<number[]> {
  const payloads = [...openCapture(path)].flatMap(({ data }) => {
    const header = parseRtp(data);
    return header === undefined ? [] : [data.slice(header.payloadOffset)];
  });
  const pcm = new Int16Array((SAMPLE_RATE_HZ * 120) / 1000);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = cpuMs();
    const decoder = new OpusDecoder({ sampleRateHz: SAMPLE_RATE_HZ });
    for (const payload of payloads) decoder.decodeInto(payload, pcm);
    decoder.close();
    const decodedMs = cpuMs();
    await replay(openCapture(path), { sampleRateHz: SAMPLE_RATE_HZ });
    ratios.push((cpuMs() - decodedMs) / (decodedMs - startMs));
  }
  return ratios;
}

/** Of this process so far, its compiler's and its collector's threads too. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const [, program, path] = process.argv;
if (program === import.meta.filename && path !== undefined) {
  console.log(JSON.stringify(await replayOverDecode(path)));
}
