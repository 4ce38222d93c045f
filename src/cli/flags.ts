import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage-error.js';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true; strict: true }>
>;

/** @throws {UsageError} for an unknown flag, a flag without its value */
export function parseFlags<const O extends Options>(
  words: readonly string[],
  options: O,
): Parsed<O> {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, negated] = /^Option '(--[\w-]+)' argument is ambiguous/.exec(message) ?? [];
    if (negated !== undefined) {
      throw new UsageError(
        `${negated} is followed by another flag; a value that begins with - is given as ${negated}=-1`,
      );
    }
    const [, unknown = ''] = /^Unknown option '(--[\w-]+)'/.exec(message) ?? [];
    const meant = Object.keys(options).find((name) => isNear(`--${name}`, unknown));
    if (unknown !== '' && meant !== undefined) {
      throw new UsageError(`Unknown option '${unknown}'; there is --${meant}`);
    }
    // parseArgs adds a hint about `--` that helps nobody here: its first sentence says what is wrong.
    throw new UsageError(message.split(/\. |\n/)[0] ?? message);
  }
}

/** Whether one goes on where the other ends, or both are made of the same letters but one. */
function isNear(flag: string, typed: string): boolean {
  if (flag.startsWith(typed) || typed.startsWith(flag)) return true;
  const rest = [...typed];
  const left = [...flag].filter((letter) => {
    const at = rest.indexOf(letter);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return left.length <= 1 && rest.length <= 1;
}

/**
 * Reads the value of an integer flag; 0x… is taken too, because that is how captures show an SSRC.
 *
 * @throws {UsageError} unless it is an integer in `[min, max]`
 */
export function readInteger(
  flag: string,
  value: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (value === undefined) return undefined;
  const number = /^(\d+|0x[\da-f]+)$/i.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`${flag} takes an integer in ${min}..${max}, got ${JSON.stringify(value)}`);
}

/** @throws {UsageError} unless the value is a decimal number in the range */
export function readDecimal(
  flag: string,
  value: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`${flag} takes a number in ${min}..${max}, got ${JSON.stringify(value)}`);
}

/** @throws {UsageError} unless the value is one of `allowed` */
export function readChoice<T extends string>(
  flag: string,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const choice = allowed.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw new UsageError(`${flag} takes ${allowed.join(' or ')}, got ${JSON.stringify(value)}`);
}

/**
 * Reads flags of the form payload type = rtpmap, as in `94=L16/16000`; what the rtpmap says is checked elsewhere.
 *
 * @throws {UsageError} for another form, and for a payload type named twice
 */
export function readCodecs(
  flag: string,
  values: readonly string[] | undefined,
): Record<number, string> | undefined {
  if (values === undefined) return undefined;
  const codecs: Record<number, string> = {};
  for (const value of values) {
    const [, digits, rtpmap] = /^(\d{1,3})=(.+)$/.exec(value) ?? [];
    const payloadType = Number(digits);
    if (rtpmap === undefined || payloadType > 127) {
      throw new UsageError(
        `${flag} takes a payload type in 0..127 and what it means, as in 94=L16/16000, got ${JSON.stringify(value)}`,
      );
    }
    if (codecs[payloadType] !== undefined) {
      throw new UsageError(`${flag} names payload type ${payloadType} twice`);
    }
    codecs[payloadType] = rtpmap;
  }
  return codecs;
}
