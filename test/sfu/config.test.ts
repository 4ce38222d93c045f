import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveSfuConfig, type SfuOptions } from '../../sfu/config.js';
import { readSfuOptions } from '../../sfu/config-sources.js';
import { createServer } from '../../sfu/index.js';
import { LIMIT_RANGES } from '../../sfu/limits.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, 'options.json');
  writeFileSync(path, content);
  return path;
}

function refusal(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('It was not refused');
}

describe('options of the server', () => {
  it('have the defaults of the README', () => {
    expect(resolveSfuConfig()).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      tokens: [],
      corsOrigins: [],
      deadlineMs: 50,
      budgetMs: 150,
      media: { listenAddress: '127.0.0.1', announcedAddress: undefined, ports: undefined },
      logLevel: 'info',
    });
    expect(resolveSfuConfig({ tokens: ['x'.repeat(16)] }).corsOrigins).toEqual(['*']);
    expect(resolveSfuConfig({ host: 'localhost' }).media.listenAddress).toBe('127.0.0.1');
  });

  it.each<[string, SfuOptions]>([
    ['port', { port: 65_536 }],
    ['port', { port: 1.5 }],
    ['deadlineMs', { deadlineMs: -1 }],
    ['budgetMs', { budgetMs: Number.NaN }],
    ['host', { host: '' }],
    ['corsOrigins', { corsOrigins: ['example.org'] }],
    ['language', { language: 'en US' }],
    ['mediaAddress', { mediaAddress: 'media.example' }],
    ['announcedAddress', { announcedAddress: '0.0.0.0' }],
    ['announcedAddress', { announcedAddress: '2001:db8::1' }],
    ['mediaPorts[1]', { mediaPorts: [40_000, 40_000] }],
    ['mediaPorts[0]', { mediaPorts: [80, 90] }],
    ['mediaAddress', { mediaAddress: '0.0.0.0', mediaPorts: [40_000, 40_100] }],
    ['limits.maxRooms', { limits: { maxRooms: 0 } }],
    ['limits.bodyLimitBytes', { limits: { bodyLimitBytes: 1e9 } }],
  ])('are refused by name: %s, %o', (name, options) => {
    expect(refusal(() => resolveSfuConfig(options))).toMatchObject({
      code: 'EARSHOT_BAD_OPTION',
      message: expect.stringContaining(`Expected ${name} to be`),
    });
  });

  it('that are misspelt are refused, with those there are', () => {
    const misspelt = { prot: 8080 } as SfuOptions;

    expect(refusal(() => resolveSfuConfig(misspelt))).toMatchObject({
      message: expect.stringMatching(/Unknown option prot .* port/),
    });
  });

  it('that are tokens are never shown when they are refused', () => {
    const error = refusal(() => resolveSfuConfig({ tokens: ['short-secret'] }));

    expect(error).toMatchObject({ code: 'EARSHOT_BAD_OPTION' });
    expect(String(error)).not.toContain('short-secret');
  });

  it('come from variables, every limit too, and win over the file', () => {
    const limits = Object.keys(LIMIT_RANGES) as (keyof typeof LIMIT_RANGES)[];
    const variables = limits.map((name) => [
      `EARSHOT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
      String(LIMIT_RANGES[name].max),
    ]);

    const options = readSfuOptions({
      ...Object.fromEntries(variables),
      EARSHOT_CONFIG: file('{"port": 1, "host": "::1", "limits": {"maxRooms": 3}}'),
      EARSHOT_PORT: '9000',
      EARSHOT_TOKENS: 'first-token-of-sixteen, second-token-of-sixteen',
      EARSHOT_MEDIA_PORTS: '40000-40100',
      EARSHOT_RECOGNIZER: 'pocketsphinx',
      EARSHOT_RECOGNIZER_OPTIONS: '{"maxSessions": 2}',
    });

    expect(options).toMatchObject({
      port: 9000,
      host: '::1',
      tokens: ['first-token-of-sixteen', 'second-token-of-sixteen'],
      mediaPorts: [40_000, 40_100],
      recognizer: { name: 'pocketsphinx', options: { maxSessions: 2 } },
    });
    const { limits: resolved } = resolveSfuConfig(options);
    for (const name of limits) expect(resolved[name]).toBe(LIMIT_RANGES[name].max);
  });

  it.each([
    ['EARSHOT_PORT', { EARSHOT_PORT: 'http' }],
    ['EARSHOT_MEDIA_PORTS', { EARSHOT_MEDIA_PORTS: '40000' }],
    ['EARSHOT_RECOGNIZER_OPTIONS', { EARSHOT_RECOGNIZER: 'x', EARSHOT_RECOGNIZER_OPTIONS: '{' }],
    ['EARSHOT_RECOGNIZER', { EARSHOT_RECOGNIZER_OPTIONS: '{}' }],
    ['no-such-file', { EARSHOT_CONFIG: 'no-such-file.json' }],
  ])('that cannot be read are refused by their source: %s', (source, env) => {
    expect(refusal(() => readSfuOptions(env))).toMatchObject({
      code: 'EARSHOT_BAD_OPTION',
      message: expect.stringContaining(source),
    });
  });

  it.each([
    ['EARSHOT_TOKEN', 'EARSHOT_TOKENS'],
    ['EARSHOT_PRT', 'EARSHOT_PORT'],
    ['EARSHOT_MEDIA_PORT', 'EARSHOT_MEDIA_PORTS'],
    ['EARSHOT_ANOUNCED_ADRESS', 'EARSHOT_ANNOUNCED_ADDRESS'],
    ['EARSHOT_MAX_ROOM', 'EARSHOT_MAX_ROOMS'],
  ])('in a variable that is misspelt are refused with the one that is meant: %s', (name, meant) => {
    expect(refusal(() => readSfuOptions({ [name]: 'x' }))).toMatchObject({
      code: 'EARSHOT_BAD_OPTION',
      message: `Unknown variable ${name}: is ${meant} meant?`,
    });
  });

  it('are not looked for in variables that are somebody else’s', () => {
    const others = ['EARSHOT_SERVICE_HOST', 'EARSHOT_POD', 'EARSHOT_ADDON', 'EARSHOT_CORPUS'];

    expect(readSfuOptions(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual({});
    expect(readSfuOptions({ EARSHOT_TOKEN: '' })).toEqual({});
  });

  it('in a file that it does not know are refused with the file', () => {
    const path = file('{"potr": 1}');

    expect(refusal(() => readSfuOptions({ EARSHOT_CONFIG: path }))).toMatchObject({
      message: `Unknown option potr in ${path}`,
    });
  });

  it("that are another machine's address are refused at the start, not at the first call", async () => {
    // TEST-NET-1 (RFC 5737): no machine has it.
    await expect(createServer({ port: 0, mediaAddress: '192.0.2.1' })).rejects.toMatchObject({
      code: 'EARSHOT_BAD_OPTION',
      message: expect.stringContaining('mediaAddress to be an IP of this machine'),
    });
  });
});
