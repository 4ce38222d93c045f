import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type ReplayOptions, readCapture, replay, writePcap } from '../../src/replay/index.js';
import { talk, throughNetwork } from '../../src/simulate/index.js';
import { fixtureCall } from './call.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** Bundles the page as its sources are now, so that no test looks at a stale build. */
export async function bundleReportPage(): Promise<void> {
  mkdirSync(join(ROOT, 'dist/src/report'), { recursive: true });
  await promisify(execFile)(process.execPath, [join(ROOT, 'src/report/bundle-page.mjs')]);
}

/** Twenty seconds of speech over a network that loses packets and holds them up, as a capture. */
export function troubledCapture(name: string): ReturnType<typeof readCapture> {
  const { pcm } = fixtureCall();
  const sent = talk(pcm.subarray(0, 20 * 16_000), { sampleRateHz: 16_000, fec: 'on', ssrc: 5 });
  const came = throughNetwork(sent, {
    seed: 4,
    loss: { kind: 'gilbert-elliott', ratio: 0.04, meanBurstPackets: 3 },
    jitter: { kind: 'gamma', meanMs: 6, deviationMs: 6 },
    // Within the first three seconds, which a player makes ready at once.
    stalls: [{ atMs: 1800, durationMs: 330 }],
    spikes: { meanIntervalMs: 4000, minMs: 200, maxMs: 400 },
  });
  return readCapture(writePcap(came), name);
}

/** Writes a report's page. */
export async function writeHtmlReport(
  htmlPath: string,
  capture: ReturnType<typeof readCapture>,
  options: ReplayOptions = {},
): Promise<Awaited<ReturnType<typeof replay>>> {
  return await replay(capture, { ...options, htmlPath });
}
