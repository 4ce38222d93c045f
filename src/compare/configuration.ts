import { checkOneOf, checkRange, EarshotError } from '../errors.js';
import { type ReceiverOptions, resolveReceiverOptions } from '../receiver/options.js';
import { NETWORK_NAMES, type NetworkName } from '../simulate/presets.js';

/** A receiver to compare. */
export interface ReceiverChoice {
  readonly mode: 'recognizer' | 'playout';
  readonly sampleRateHz: number;
  /** Null in mode `playout`, which has none. */
  readonly deadlineMs: number | null;
  /** Null in mode `playout`, which has none. */
  readonly eagerness: number | null;
  /** Null in mode `recognizer`, which has none. */
  readonly maxDelayMs: number | null;
  /** Undefined for the one that is built in. */
  readonly libopus: string | undefined;
  /** Round trip of requests for lost packets; 0 for none. */
  readonly nackRttMs: number;
}

/** A way to the receiver. */
export interface PathChoice {
  /** Undefined for the capture's own. */
  readonly network: NetworkName | undefined;
  readonly seed: number;
  /** Packets before it that each packet repeats (RFC 2198); 0 for none. */
  readonly redDistance: number;
}

/** Lists of choices; each is combined with each. What is left out has the receiver's default alone. */
export interface CompareMatrix {
  readonly mode?: readonly ('recognizer' | 'playout')[];
  readonly sampleRateHz?: readonly number[];
  readonly deadlineMs?: readonly number[];
  readonly eagerness?: readonly number[];
  readonly maxDelayMs?: readonly number[];
  /** Paths; `builtin` is the one that is built in. */
  readonly libopus?: readonly string[];
  readonly nackRttMs?: readonly number[];
  readonly network?: readonly NetworkName[];
  readonly seed?: readonly number[];
  readonly redDistance?: readonly number[];
}

export const BUILTIN_LIBOPUS = 'builtin';
const MAX_COMBINATIONS = 10_000;

/**
 * Every combination of receivers, and of ways to them.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` for a value out of range, for more combinations than 10000, and for lost
 *   packets to be had from a capture, which has none: NACK and RED need a network that is simulated
 */
export function combine(matrix: CompareMatrix): {
  readonly receivers: readonly ReceiverChoice[];
  readonly paths: readonly PathChoice[];
} {
  const { network = [], seed = [1], redDistance = [0], nackRttMs = [0], libopus = [] } = matrix;
  for (const one of network) checkOneOf('network', one, NETWORK_NAMES);
  for (const one of seed) checkRange('seed', one, 0, Number.MAX_SAFE_INTEGER);
  for (const one of redDistance) checkRange('redDistance', one, 0, 8);
  for (const one of nackRttMs) checkRange('nackRttMs', one, 0, 10_000);
  if (network.length === 0) checkNothingIsResent(redDistance, nackRttMs);

  const { mode = ['recognizer', 'playout'], deadlineMs = [150], maxDelayMs = [1000] } = matrix;
  const { eagerness = [1] } = matrix;
  const receivers = mode.flatMap((one) =>
    product({
      mode: [one],
      sampleRateHz: matrix.sampleRateHz ?? [16_000],
      deadlineMs: one === 'recognizer' ? deadlineMs : [null],
      eagerness: one === 'recognizer' ? eagerness : [null],
      maxDelayMs: one === 'playout' ? maxDelayMs : [null],
      libopus: libopus.length === 0 ? [undefined] : libopus.map(libopusPath),
      nackRttMs,
    }),
  );
  for (const receiver of receivers) resolveReceiverOptions(receiverOptions(receiver));
  const paths =
    network.length === 0
      ? [{ network: undefined, seed: 0, redDistance: 0 }]
      : product({ network, seed, redDistance });
  if (receivers.length * paths.length > MAX_COMBINATIONS) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected at most ${MAX_COMBINATIONS} combinations, got ${receivers.length * paths.length}`,
    );
  }
  return { receivers, paths };
}

export function receiverOptions({
  deadlineMs,
  eagerness,
  maxDelayMs,
  nackRttMs: _,
  ...options
}: ReceiverChoice): ReceiverOptions {
  return {
    ...options,
    ...(deadlineMs === null ? {} : { deadlineMs }),
    ...(eagerness === null ? {} : { eagerness }),
    ...(maxDelayMs === null ? {} : { maxDelayMs }),
  };
}

function checkNothingIsResent(red: readonly number[], nack: readonly number[]): void {
  const asked = nack.some((rttMs) => rttMs > 0)
    ? 'NACK'
    : red.some((distance) => distance > 0)
      ? 'RED'
      : undefined;
  if (asked === undefined) return;
  throw new EarshotError(
    'EARSHOT_BAD_OPTION',
    `${asked} needs a simulated network: packets that a capture lacks cannot be had from it. ` +
      'Name a network and give a capture or WAV without loss',
  );
}

function libopusPath(name: string): string | undefined {
  return name === BUILTIN_LIBOPUS ? undefined : name;
}

type Combination<Lists> = {
  readonly [Name in keyof Lists]: Lists[Name] extends readonly (infer Item)[] ? Item : never;
};

/** Every combination of one item of each list, the last list changing fastest. */
function product<Lists extends Readonly<Record<string, readonly unknown[]>>>(
  lists: Lists,
): Combination<Lists>[] {
  let combinations: Record<string, unknown>[] = [{}];
  for (const [name, items] of Object.entries(lists)) {
    combinations = combinations.flatMap((one) => items.map((item) => ({ ...one, [name]: item })));
  }
  return combinations as Combination<Lists>[];
}
