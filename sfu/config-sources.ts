import { readFileSync } from 'node:fs';
import { EarshotError } from '../src/index.js';
import { OPTION_NAMES, type RecognizerChoice, type SfuOptions } from './config.js';
import { LIMIT_RANGES, type Limits } from './limits.js';
import { checkVariableNames, limitVariable } from './variable-names.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Gathers options from a JSON file (`EARSHOT_CONFIG`) and `EARSHOT_*` variables; variables win over the file.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` naming the file or the variable, for one that is misspelt too
 */
export function readSfuOptions(env: Environment): SfuOptions {
  checkVariableNames(env);
  const file = env.EARSHOT_CONFIG;
  const fromFile = file === undefined || file === '' ? {} : readOptionsFile(file);
  const fromEnvironment = optionsFromEnvironment(env);
  const limits = { ...fromFile.limits, ...fromEnvironment.limits };
  return {
    ...fromFile,
    ...fromEnvironment,
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

/**
 * Reads a JSON file that holds an object of options; their values are checked by `resolveSfuConfig`.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` naming the file
 */
export function readOptionsFile(path: string): SfuOptions {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EarshotError('EARSHOT_BAD_OPTION', `Cannot read ${path}: ${reason}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new EarshotError('EARSHOT_BAD_OPTION', `Expected ${path} to hold an object of options`);
  }
  for (const name of Object.keys(value)) {
    if (name !== 'logDestination' && OPTION_NAMES.some((known) => known === name)) continue;
    throw new EarshotError('EARSHOT_BAD_OPTION', `Unknown option ${name} in ${path}`);
  }
  return value;
}

function optionsFromEnvironment(env: Environment): SfuOptions {
  const text = (name: string): string | undefined => env[name] || undefined;
  const list = (name: string): string[] | undefined =>
    text(name)
      ?.split(',')
      .map((item) => item.trim());
  const number = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d+(\.\d+)?$/.test(value)) fail(name, 'a number', value);
    return Number(value);
  };

  const limits = Object.keys(LIMIT_RANGES).flatMap((name) => {
    const value = number(limitVariable(name));
    return value === undefined ? [] : [[name, value] as const];
  });
  return defined({
    host: text('EARSHOT_HOST'),
    port: number('EARSHOT_PORT'),
    tokens: list('EARSHOT_TOKENS'),
    corsOrigins: list('EARSHOT_CORS_ORIGINS'),
    recognizer: recognizerFrom(text('EARSHOT_RECOGNIZER'), text('EARSHOT_RECOGNIZER_OPTIONS')),
    language: text('EARSHOT_LANGUAGE'),
    deadlineMs: number('EARSHOT_DEADLINE_MS'),
    budgetMs: number('EARSHOT_BUDGET_MS'),
    mediaAddress: text('EARSHOT_MEDIA_ADDRESS'),
    announcedAddress: text('EARSHOT_ANNOUNCED_ADDRESS'),
    mediaPorts: portsFrom(text('EARSHOT_MEDIA_PORTS')),
    limits: limits.length === 0 ? undefined : (Object.fromEntries(limits) as Partial<Limits>),
    logLevel: text('EARSHOT_LOG_LEVEL'),
  }) as SfuOptions;
}

function recognizerFrom(
  name: string | undefined,
  options: string | undefined,
): RecognizerChoice | undefined {
  if (name === undefined) {
    if (options !== undefined) {
      fail(
        'EARSHOT_RECOGNIZER',
        'the recognizer that EARSHOT_RECOGNIZER_OPTIONS is for',
        'nothing',
      );
    }
    return undefined;
  }
  if (options === undefined) return { name };
  try {
    return { name, options: JSON.parse(options) as Readonly<Record<string, unknown>> };
  } catch {
    return fail('EARSHOT_RECOGNIZER_OPTIONS', 'a JSON object', options);
  }
}

function portsFrom(value: string | undefined): readonly [number, number] | undefined {
  if (value === undefined) return undefined;
  const match = /^(\d+)-(\d+)$/.exec(value);
  if (match === null) return fail('EARSHOT_MEDIA_PORTS', 'two ports like 40000-40100', value);
  return [Number(match[1]), Number(match[2])];
}

function defined(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function fail(name: string, expected: string, value: string): never {
  throw new EarshotError(
    'EARSHOT_BAD_OPTION',
    `Expected ${name} to be ${expected}, got ${JSON.stringify(value.slice(0, 80))}`,
  );
}
