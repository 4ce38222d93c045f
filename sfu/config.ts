import { isIP } from 'node:net';
import { EarshotError, type Recognizer } from '../src/index.js';
import { LIMIT_RANGES, type Limits } from './limits.js';
import { isWildcard, type MediaAddress } from './media-address.js';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** A recognizer by its name and its own options, as a file or the environment gives it. */
export interface RecognizerChoice {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface SfuOptions {
  /** Address the HTTP server listens on. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** 0..65535; 0 takes a free one. @defaultValue 8080 */
  readonly port?: number;
  /** Bearer tokens, each 16..512 characters; none leaves the server open. @defaultValue [] */
  readonly tokens?: readonly string[];
  /** Origins whose pages may publish and watch besides the server's own. @defaultValue ['*'] with tokens, else [] */
  readonly corsOrigins?: readonly string[];
  /** A recognizer, or the name and options of one. @defaultValue the best one found on this machine */
  readonly recognizer?: Recognizer | RecognizerChoice;
  /** BCP 47 tag, a hint to the recognizer. */
  readonly language?: string;
  /** Longest a frame may wait behind the minimum-delay line, 0..1000 ms. @defaultValue 50 */
  readonly deadlineMs?: number;
  /** Capture to recognizer, 20..5000 ms: what the ledger is held against. @defaultValue 150 */
  readonly budgetMs?: number;
  /** IP the media sockets are bound to. @defaultValue `host`, or 127.0.0.1 where `host` is a name */
  readonly mediaAddress?: string;
  /** IP told to peers instead of `mediaAddress`, for a host behind a static NAT. */
  readonly announcedAddress?: string;
  /** First and last UDP port of media, 1024..65535. @defaultValue any free port */
  readonly mediaPorts?: readonly [number, number];
  readonly limits?: Partial<Limits>;
  /** @defaultValue 'info' */
  readonly logLevel?: LogLevel;
  /** Where log lines (JSON) go. @defaultValue standard output */
  readonly logDestination?: { write(line: string): void };
}

/** `SfuOptions` with every default filled in. */
export interface SfuConfig {
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly recognizer: Recognizer | RecognizerChoice | undefined;
  readonly language: string | undefined;
  readonly deadlineMs: number;
  readonly budgetMs: number;
  readonly media: MediaAddress;
  readonly limits: Limits;
  readonly logLevel: LogLevel;
  readonly logDestination: { write(line: string): void } | undefined;
}

/** Every option, for the checks of names here and in the sources of options. */
export const OPTION_NAMES: readonly (keyof SfuOptions)[] = [
  'host',
  'port',
  'tokens',
  'corsOrigins',
  'recognizer',
  'language',
  'deadlineMs',
  'budgetMs',
  'mediaAddress',
  'announcedAddress',
  'mediaPorts',
  'limits',
  'logLevel',
  'logDestination',
];

const LOG_LEVELS: readonly LogLevel[] = ['silent', 'error', 'warn', 'info', 'debug'];

/**
 * Checks options once and fills in the defaults.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` with what is expected and the value (but for tokens)
 */
export function resolveSfuConfig(options: SfuOptions = {}): SfuConfig {
  checkKnown('the server', options, OPTION_NAMES);
  const { host = '127.0.0.1', port = 8080, tokens = [], logLevel = 'info' } = options;
  const { deadlineMs = 50, budgetMs = 150, language, recognizer } = options;
  check(typeof host === 'string' && host !== '', 'host', 'a name or an IP address', host);
  checkInteger('port', port, 0, 65_535);
  checkNumber('deadlineMs', deadlineMs, 0, 1000);
  checkNumber('budgetMs', budgetMs, 20, 5000);
  check(LOG_LEVELS.includes(logLevel), 'logLevel', `one of ${LOG_LEVELS.join(', ')}`, logLevel);
  checkTokens(tokens);
  const { corsOrigins = tokens.length > 0 ? ['*'] : [] } = options;
  for (const origin of checkList('corsOrigins', corsOrigins)) {
    check(isOrigin(origin), 'corsOrigins', 'origins like https://example.org, or *', origin);
  }
  checkRecognizer(recognizer);
  check(
    language === undefined || /^[A-Za-z0-9-]{2,35}$/.test(language),
    'language',
    'a BCP 47 tag such as en-US',
    language,
  );
  return {
    host,
    port,
    tokens,
    corsOrigins,
    recognizer,
    language,
    deadlineMs,
    budgetMs,
    media: resolveMedia(host, options),
    limits: resolveLimits(options.limits),
    logLevel,
    logDestination: options.logDestination,
  };
}

function resolveMedia(host: string, options: SfuOptions): MediaAddress {
  const { announcedAddress, mediaPorts: ports } = options;
  const { mediaAddress: listenAddress = isIP(host) === 0 ? '127.0.0.1' : host } = options;
  check(isIP(listenAddress) !== 0, 'mediaAddress', 'an IP address', listenAddress);
  if (announcedAddress !== undefined) {
    const family = isIP(announcedAddress);
    check(
      family !== 0 && family === isIP(listenAddress) && !isWildcard(announcedAddress),
      'announcedAddress',
      `one IP address of the family of mediaAddress (${listenAddress})`,
      announcedAddress,
    );
  }
  if (ports !== undefined) {
    check(
      Array.isArray(ports) && ports.length === 2,
      'mediaPorts',
      'two ports, first and last',
      ports,
    );
    const [first, last] = ports;
    checkInteger('mediaPorts[0]', first, 1024, 65_534);
    checkInteger('mediaPorts[1]', last, first + 1, 65_535);
    check(
      !isWildcard(listenAddress) || announcedAddress !== undefined,
      'mediaAddress',
      'one address (or announcedAddress to be given) where mediaPorts is used',
      listenAddress,
    );
  }
  return { listenAddress, announcedAddress, ports };
}

function resolveLimits(limits: Partial<Limits> = {}): Limits {
  check(typeof limits === 'object' && limits !== null, 'limits', 'an object', limits);
  const names = Object.keys(LIMIT_RANGES) as (keyof Limits)[];
  checkKnown('limits', limits, names);
  const resolved = names.map((name) => {
    const range = LIMIT_RANGES[name];
    const value = limits[name] ?? range.default;
    checkInteger(`limits.${name}`, value, range.min, range.max);
    return [name, value] as const;
  });
  return Object.fromEntries(resolved) as unknown as Limits;
}

function checkTokens(tokens: readonly string[]): void {
  for (const [index, token] of checkList('tokens', tokens).entries()) {
    if (typeof token === 'string' && /^[A-Za-z0-9\-._~+/]{16,512}=*$/.test(token)) continue;
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected tokens[${index}] to be 16..512 characters of A-Z a-z 0-9 - . _ ~ + / (RFC 6750 2.1)`,
    );
  }
}

function checkRecognizer(recognizer: Recognizer | RecognizerChoice | undefined): void {
  if (recognizer === undefined) return;
  check(
    typeof recognizer === 'object' && recognizer !== null && typeof recognizer.name === 'string',
    'recognizer',
    'a recognizer or { name, options }',
    recognizer,
  );
}

function checkList<T>(name: string, value: readonly T[]): readonly T[] {
  check(Array.isArray(value), name, 'a list', value);
  return value;
}

function isOrigin(value: unknown): boolean {
  if (value === '*') return true;
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value;
}

function checkInteger(name: string, value: unknown, min: number, max: number): void {
  checkNumber(name, value, min, max);
  check(Number.isInteger(value), name, 'a whole number', value);
}

function checkNumber(name: string, value: unknown, min: number, max: number): void {
  const within = typeof value === 'number' && value >= min && value <= max;
  check(within, name, `a number in ${min}..${max}`, value);
}

function checkKnown(what: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Unknown option ${name} of ${what}; it takes ${names.join(', ')}`,
    );
  }
}

function check(holds: boolean, name: string, expected: string, value: unknown): asserts holds {
  if (holds) return;
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
  throw new EarshotError(
    'EARSHOT_BAD_OPTION',
    `Expected ${name} to be ${expected}, got ${shown.slice(0, 80)} (${typeof value})`,
  );
}
