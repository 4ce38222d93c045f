import { describe, expect, it } from 'vitest';
import { runCli } from '../helpers/run-cli.js';

interface Report {
  readonly version: string;
  readonly ok: boolean;
  readonly findings: readonly {
    readonly name: string;
    readonly state: string;
    readonly found: string;
    readonly help?: string;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
}

async function doctor(env: Readonly<Record<string, string>> = {}): Promise<{
  readonly code: number | null;
  readonly finding: (name: string) => Report['findings'][number];
  readonly report: Report;
}> {
  const { code, stdout } = await runCli(['doctor', '--json'], env);
  const report: Report = JSON.parse(stdout);
  const finding = (name: string): Report['findings'][number] => {
    const found = report.findings.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no finding ${name} in ${stdout}`);
    return found;
  };
  return { code, finding, report };
}

describe('earshot doctor', () => {
  it('decodes a call on the addon, binds sockets and says so with exit code 0', async () => {
    const { code, finding, report } = await doctor();

    expect(report.ok).toBe(true);
    expect(code).toBe(0);
    expect(finding('libopus').facts.version).toMatch(/^\d+\.\d+/);
    expect(finding('self-test')).toMatchObject({
      state: 'ok',
      facts: { heardMs: 200, rebuiltFrames: 1 },
    });
    for (const name of ['udp', 'tcp']) {
      expect(finding(name).facts.port).toBeGreaterThan(0);
    }
  });

  it('tells which libopus the system has, and whether it conceals losses deeply', async () => {
    const { finding } = await doctor();
    const { state, facts } = finding('system libopus');
    expect(['ok', 'absent']).toContain(state);
    if (state === 'ok') expect(facts.version).toMatch(/^\d+\.\d+/);
    else expect(facts.version).toBeNull();
    expect(facts.deepPlc).toEqual(expect.any(Boolean));
  });

  it('tells of every recognizer where its model is, or how to get one', async () => {
    const { finding } = await doctor();
    for (const name of ['pocketsphinx', 'sherpa-onnx']) {
      const { state, help, facts } = finding(name);
      expect(['ok', 'absent']).toContain(state);
      if (state === 'ok') expect(facts.modelPath).toEqual(expect.any(String));
      else expect(help).toMatch(/apt-get install|npm install|modelFolder/);
    }
    expect(finding('activity').state).toBe('ok');
  });

  it.each([
    ['a recognizer that there is not', { EARSHOT_RECOGNIZER: 'whisper' }, 'whisper'],
    ['one without its model', { EARSHOT_RECOGNIZER: 'sherpa-onnx' }, 'modelFolder'],
    ['options that are no JSON', { EARSHOT_RECOGNIZER_OPTIONS: '{' }, 'EARSHOT_RECOGNIZER'],
    ['a file that is not there', { EARSHOT_CONFIG: '/nowhere.json' }, '/nowhere.json'],
  ])('fails on settings that serve would refuse: %s', async (_, env, says) => {
    const { code, finding } = await doctor(env);

    expect(finding('settings')).toMatchObject({ state: 'failed' });
    expect(finding('settings').found).toContain(says);
    expect(finding('activity').state).toBe('ok');
    expect(code).toBe(1);
  });

  it('says that mediasoup is optional when it is not installed', async () => {
    const { finding } = await doctor();
    const mediasoup = finding('mediasoup');
    if (mediasoup.state === 'ok') return expect(mediasoup.facts.worker).toBeTruthy();
    expect(mediasoup).toMatchObject({ state: 'absent', facts: { worker: null } });
    expect(mediasoup.found).toMatch(/not needed|does not start/);
  });

  it('ends with code 1 and the command that helps when there is no engine', async () => {
    const { code, finding, report } = await doctor({ EARSHOT_ADDON: '/nowhere/earshot.node' });

    expect(code).toBe(1);
    expect(report.ok).toBe(false);
    expect(finding('engine').state).toBe('failed');
    expect(finding('engine').found).toContain('/nowhere/earshot.node');
    expect(finding('udp').state).toBe('ok');
  });

  it('prints a line per finding for people, and what to do next', async () => {
    const { code, stdout } = await runCli(['doctor']);

    expect(code).toBe(0);
    for (const name of [
      'node',
      'engine',
      'libopus',
      'self-test',
      'activity',
      'udp',
      'tcp',
      'mediasoup',
    ]) {
      expect(stdout).toMatch(new RegExp(`^(ok|absent) +${name} `, 'm'));
    }
    expect(stdout).toMatch(/Next: earshot serve\n$/);
  });
});
