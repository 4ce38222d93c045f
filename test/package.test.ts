import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from './helpers/serve.js';

const ROOT = resolve(import.meta.dirname, '..');
const CAPTURE = join(ROOT, 'fixtures/captures/clean.pcap');
const folder = mkdtempSync(join(tmpdir(), 'earshot-package-'));
const installed = join(folder, 'node_modules/earshot');

let tarball: string;
let packed: readonly string[];

/** Runs a program to its end in the empty folder; npm is started as its users do. */
function run(
  command: string,
  words: readonly string[],
  cwd: string = folder,
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  // Settings that this very npm gave to its scripts must not reach the npm of the test.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)),
  );
  const shell = process.platform === 'win32';
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd,
    env,
    shell,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}

function mustRun(command: string, words: readonly string[], cwd?: string): string {
  const { code, stdout, stderr } = run(command, words, cwd);
  if (code !== 0)
    throw new Error(`${command} ${words.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

beforeAll(() => {
  mustRun(process.execPath, ['native/build.mjs', '--prebuilt'], ROOT);
  const options = ['--json', '--ignore-scripts', '--pack-destination', folder];
  const [pack] = JSON.parse(mustRun('npm', ['pack', ...options], ROOT));
  tarball = join(folder, pack.filename);
  packed = pack.files.map(({ path }: { path: string }) => path);

  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  // As a careful user does it: nothing may hang on an install script.
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  mustRun('npm', ['install', ...quiet, tarball]);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  it('carries the addon, its sources, the page and the papers', () => {
    for (const file of [
      `prebuilds/${process.platform}-${process.arch}/earshot.node`,
      'native/binding.gyp',
      'native/engine.gypi',
      'native/build.mjs',
      'native/gyp.mjs',
      'native/node-headers.mjs',
      'native/addon/addon.cc',
      'native/receiver/receiver.cc',
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/src/cli/main.js',
      'dist/src/recognizers/pocketsphinx-worker.js',
      'dist/src/recognizers/pocketsphinx-trial.js',
      'dist/src/recognizers/sherpa-onnx-worker.js',
      'dist/src/recognizers/sherpa-onnx-trial.js',
      'dist/src/report/page.js',
      'dist/src/report/page.css',
      'dist/sfu/index.js',
      'dist/sfu/web/page.js',
      'sfu/web/index.html',
      'sfu/web/page.css',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
    ]) {
      expect(packed).toContain(file);
    }
  });

  it('carries every source that the addon is compiled from', () => {
    const gypFiles = ['binding.gyp', 'engine.gypi'].map((name) =>
      readFileSync(join(ROOT, 'native', name), 'utf8'),
    );
    const sources = gypFiles
      .flatMap((text) => [...text.matchAll(/"<\(engine_dir\)\/([\w/]+\.cc)"/g)])
      .map(([, file = '']) => `native/${file}`);

    expect(sources.length).toBeGreaterThan(10);
    expect(sources.filter((file) => !packed.includes(file))).toEqual([]);
  });

  it('carries no tests, demo, fixtures, build folders or sources of TypeScript', () => {
    const strays = packed.filter((file) =>
      /^(test|fixtures|bench|\.ci|\.github|dist\/(test|bench|sfu\/demo))\/|^native\/(build\/|test|fuzz)|\.map$|(?<!\.d)\.ts$|node_modules/.test(
        file,
      ),
    );
    expect(strays).toEqual([]);
  });

  it('has no install script', () => {
    const { scripts } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
      expect(scripts).not.toHaveProperty(name);
    }
    // npm would run node-gyp by itself for a binding.gyp in the root.
    expect(packed).not.toContain('binding.gyp');
  });

  it('pleases publint, strictly', async () => {
    const { messages, pkg } = await publint({
      strict: true,
      pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });
});

describe('installed in an empty folder', () => {
  it('npx earshot doctor finds the engine and can do the main job', () => {
    const { code, stdout } = run('npx', ['earshot', 'doctor', '--json']);
    const report: { ok: boolean; findings: { name: string; state: string; found: string }[] } =
      JSON.parse(stdout);

    expect(report.findings.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(report.ok).toBe(true);
    expect(code).toBe(0);
    expect(report.findings.find(({ name }) => name === 'engine')?.found).toContain('prebuilds');
  });

  it("import { Receiver } from 'earshot' decodes real speech", () => {
    writeFileSync(
      join(folder, 'decode.mjs'),
      `import { Receiver } from 'earshot';
      import { openCapture } from 'earshot/replay';
      const receiver = new Receiver({ sampleRateHz: 16000 });
      let samples = 0;
      let loudestDb = -127;
      const take = (nowUs) => {
        for (const frame of receiver.poll(nowUs)) {
          samples += frame.pcm.length;
          loudestDb = Math.max(loudestDb, frame.levelDb);
        }
      };
      for (const { data, atUs } of openCapture(${JSON.stringify(CAPTURE)})) {
        receiver.push([{ data, arrivalUs: atUs }]);
        take(atUs);
      }
      const { packetsReceived, concealedRatio } = receiver.stats();
      receiver.close();
      console.log(JSON.stringify({ samples, loudestDb, packetsReceived, concealedRatio }));`,
    );
    const heard = JSON.parse(mustRun(process.execPath, ['decode.mjs']));

    expect(heard.packetsReceived).toBeGreaterThan(100);
    // 20 ms a packet at 16 kHz.
    expect(heard.samples).toBe(heard.packetsReceived * 320);
    expect(heard.concealedRatio).toBe(0);
    expect(heard.loudestDb).toBeGreaterThan(-30);
  });

  it('npx earshot replay measures the same call', () => {
    const report = JSON.parse(mustRun('npx', ['earshot', 'replay', CAPTURE, '--json']));
    expect(report.packets.received).toBeGreaterThan(100);
    expect(report.audio.concealedRatio).toBe(0);
  });

  it('npx earshot replay --html writes its page', () => {
    mustRun('npx', ['earshot', 'replay', CAPTURE, '--html', 'call.html']);
    const html = readFileSync(join(folder, 'call.html'), 'utf8');
    expect(html).toContain('Content-Security-Policy');
    expect(html.length).toBeGreaterThan(100_000);
  });

  it('earshot serve has its page with it', async () => {
    const main = join(installed, 'dist/src/cli/main.js');
    const server = await serve(['--recognizer', 'activity', '--log-level', 'silent'], { main });
    try {
      const html = await (await fetch(server.url)).text();
      const files = [...html.matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, file = '']) => file);
      expect(files).toContain('page.js');
      for (const file of files) {
        expect((await fetch(new URL(file, server.url))).status, file).toBe(200);
      }
    } finally {
      expect(await server.end('SIGTERM')).toBe(0);
    }
  });

  it('require works too', () => {
    writeFileSync(join(folder, 'old.cjs'), `console.log(typeof require('earshot').Receiver);`);
    expect(mustRun(process.execPath, ['--no-warnings', 'old.cjs'])).toBe('function\n');
  });

  it('types of every entry resolve under nodenext', () => {
    writeFileSync(
      join(folder, 'types.ts'),
      `import { type AudioFrame, EarshotError, Receiver } from 'earshot';
      import { openCapture } from 'earshot/replay';
      import * as sfu from 'earshot/sfu';
      const receiver: Receiver = new Receiver({ deadlineMs: 80 });
      const frames: AudioFrame[] = receiver.poll(0);
      for (const { data, atUs } of openCapture('x.pcap')) receiver.push([{ data, arrivalUs: atUs }]);
      // @ts-expect-error there is no such option: the types are real, not any
      new Receiver({ deadlineMillis: 80 });
      export { EarshotError, frames, sfu };`,
    );
    const typeRoots = join(ROOT, 'node_modules/@types');
    const { code, stdout } = run(process.execPath, [
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      ...['--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'],
      ...['--typeRoots', typeRoots, '--types', 'node', 'types.ts'],
    ]);
    expect(stdout).toBe('');
    expect(code).toBe(0);
  });

  it('the help desk appears where no addon fits, and its one command builds one in place', () => {
    const prebuilds = join(installed, 'prebuilds');
    rmSync(prebuilds, { recursive: true });
    mkdirSync(join(prebuilds, 'plan9-mips'), { recursive: true });
    writeFileSync(join(folder, 'new.mjs'), `import { Receiver } from 'earshot'; new Receiver();`);

    const { code, stderr } = run(process.execPath, ['new.mjs']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('EARSHOT_ADDON_MISSING');
    expect(stderr).toContain('Prebuilt for other platforms: plan9-mips');

    const command = /^ +node ("[^"]+") --from-npm$/m.exec(stderr)?.[1];
    expect(command, stderr).toBeDefined();
    mustRun(process.execPath, [JSON.parse(command ?? '""'), '--from-npm']);

    mustRun(process.execPath, ['new.mjs']);
    for (const leftover of ['node_modules', 'build', 'package.json']) {
      expect(existsSync(join(installed, 'native', leftover))).toBe(false);
    }
  }, 300_000);
});
