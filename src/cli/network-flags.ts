import { readFileSync, statSync } from 'node:fs';
import { EarshotError } from '../errors.js';
import {
  type CrossTraffic,
  type JitterSettings,
  type LinkSettings,
  type LossSettings,
  NETWORK_NAMES,
  Network,
  type NetworkSettings,
  networkPreset,
  parseMahimahi,
} from '../simulate/index.js';
import { readChoice, readInteger } from './flags.js';
import { checkIsFile } from './input-file.js';
import { UsageError } from './usage-error.js';

/** Flags of one network; each replaces that part of `--network` or `--settings`. */
export const NETWORK_FLAGS = {
  network: { type: 'string' },
  settings: { type: 'string' },
  seed: { type: 'string' },
  delay: { type: 'string' },
  loss: { type: 'string' },
  jitter: { type: 'string' },
  order: { type: 'string' },
  holds: { type: 'string' },
  spikes: { type: 'string' },
  steps: { type: 'string' },
  stall: { type: 'string' },
  outage: { type: 'string' },
  reorder: { type: 'string' },
  duplicate: { type: 'string' },
  drift: { type: 'string' },
  mahimahi: { type: 'string' },
  queue: { type: 'string' },
  cross: { type: 'string' },
} as const;

export const NETWORK_HELP: string = `  --network <name>     ${NETWORK_NAMES.join(', ')}; --list tells more  [clean]
  --settings <file>    a network as JSON, as --json prints it under "network"; in place of --network
  --seed <n>           another seed, another call over the same network                   [1]
  Each of these replaces its part of the network; none takes it out. Times are ms from the first packet.
  --delay <ms>         every packet's
  --loss <how>         iid:5% | burst:5%,3 (share, mean run) | ge:1%,30%,0%,80% (to bad, to good, loss in good and in bad)
  --jitter <how>       uniform:10 | gamma:10,7 (mean, deviation) | corr:25,20,200 (mean, deviation, time constant)
  --order <how>        in-order: nobody overtakes by jitter; free
  --holds <how>        2000,30,150: every 2 s or so all is held for 30 to 150 ms, then let go at once
  --spikes <how>       10000,250,500,0.5: every 10 s or so 250 to 500 ms more, falling by 0.5 ms a ms
  --steps <at:ms,...>  30000:80,60000:0: a path that is 80 ms longer for half a minute
  --stall <at:ms,...>  10000:500: what is sent in these 500 ms comes at their end
  --outage <at:ms,...> 10000:500: what is sent in these 500 ms is lost
  --reorder <how>      2%,20,60: these are held back by 20 to 60 ms while others pass
  --duplicate <how>    1%,5: these come again 5 ms later
  --drift <ppm>        the receiver's clock is faster by this much; --drift=-300 for slower
  --mahimahi <file>    a bandwidth trace: a line for each ms in which 1500 bytes can be sent; it repeats
  --queue <most>       bytes that wait before that link, or packets: 64000, 42p           [64000]
  --cross <how>        2400,3000,4000: what else goes over it: kbit/s, mean burst, mean pause
`;

type Values = { readonly [Flag in keyof typeof NETWORK_FLAGS]?: string | undefined };

const MAX_SETTINGS_BYTES = 16 << 20;
const NONE = 'none';

/**
 * The network the flags describe.
 *
 * @throws {UsageError} for a value of another form; `EARSHOT_BAD_OPTION` out of range; `EARSHOT_BAD_CAPTURE` for a broken file
 */
export function readNetwork(values: Values): NetworkSettings {
  if (values.network !== undefined && values.settings !== undefined) {
    throw new UsageError('give --network or --settings, not both');
  }
  const seed = readInteger('--seed', values.seed, 0, Number.MAX_SAFE_INTEGER);
  const name = readChoice('--network', values.network, NETWORK_NAMES) ?? 'clean';
  const base =
    values.settings === undefined ? networkPreset(name, seed ?? 1) : readSettings(values.settings);
  const settings: Record<string, unknown> = { ...base, ...(seed === undefined ? {} : { seed }) };

  const replace = (
    part: string,
    text: string | undefined,
    read: (text: string) => unknown,
  ): void => {
    if (text === NONE) delete settings[part];
    else if (text !== undefined) settings[part] = read(text);
  };
  replace('baseDelayMs', values.delay, (text) => readNumbers('--delay', text, '20', 1, 1)[0]);
  replace('loss', values.loss, readLoss);
  replace('jitter', values.jitter, readJitter);
  replace('order', values.order, (text) => text);
  replace('holds', values.holds, (text) => readRecurring('--holds', text, 3));
  replace('spikes', values.spikes, (text) => readRecurring('--spikes', text, 4));
  replace('steps', values.steps, (text) => readTimes('--steps', text, 'delayMs'));
  replace('stalls', values.stall, (text) => readTimes('--stall', text, 'durationMs'));
  replace('outages', values.outage, (text) => readTimes('--outage', text, 'durationMs'));
  replace('reorder', values.reorder, (text) => {
    const [ratio, minMs, maxMs] = readNumbers('--reorder', text, '2%,20,60', 3, 3);
    return { ratio, minMs, maxMs };
  });
  replace('duplicate', values.duplicate, (text) => {
    const [ratio, delayMs] = readNumbers('--duplicate', text, '1%,5', 2, 2);
    return { ratio, delayMs };
  });
  replace('driftPpm', values.drift, (text) => readNumbers('--drift', text, '300', 1, 1)[0]);
  replaceLink(settings, values);
  // It says of every value what is wrong with it.
  new Network(settings as unknown as NetworkSettings);
  return settings as unknown as NetworkSettings;
}

function replaceLink(settings: Record<string, unknown>, values: Values): void {
  const { mahimahi, queue, cross } = values;
  if (mahimahi === NONE) delete settings.link;
  else if (mahimahi !== undefined) {
    settings.link = { opportunitiesMs: parseMahimahi(readText(mahimahi), mahimahi) };
  }
  if (queue === undefined && cross === undefined) return;
  const link = settings.link as LinkSettings | undefined;
  if (link === undefined) {
    throw new UsageError(
      '--queue and --cross are of a link: give --mahimahi or --network congested',
    );
  }
  const { opportunitiesMs, crossTraffic, ...bounds } = link;
  const traffic =
    cross === NONE ? undefined : cross === undefined ? crossTraffic : readCross(cross);
  settings.link = {
    opportunitiesMs,
    ...(queue === undefined ? bounds : readQueue(queue)),
    ...(traffic === undefined ? {} : { crossTraffic: traffic }),
  };
}

function readQueue(text: string): Pick<LinkSettings, 'queueBytes' | 'queuePackets'> {
  const [, digits, packets] = /^(\d{1,9})(p?)$/.exec(text) ?? [];
  if (digits === undefined) throw wrongForm('--queue', '64000 or 42p', text);
  return packets === 'p' ? { queuePackets: Number(digits) } : { queueBytes: Number(digits) };
}

function readCross(text: string): CrossTraffic {
  const [kilobits = 0, meanBurstMs = 0, meanPauseMs = 0] = readNumbers(
    '--cross',
    text,
    '2400,3000,4000',
    3,
    3,
  );
  return { rateBps: kilobits * 1000, meanBurstMs, meanPauseMs };
}

function readLoss(text: string): LossSettings {
  const form = 'iid:5%, burst:5%,3, ge:1%,30% or none';
  const [kind, rest] = splitKind('--loss', text, form);
  if (kind === 'iid') {
    const [ratio = 0] = readNumbers('--loss', rest, form, 1, 1);
    return { kind: 'iid', ratio };
  }
  if (kind === 'burst') {
    const [ratio = 0, meanBurstPackets = 0] = readNumbers('--loss', rest, form, 2, 2);
    return { kind: 'gilbert-elliott', ratio, meanBurstPackets };
  }
  if (kind !== 'ge') throw wrongForm('--loss', form, text);
  const [p = 0, q = 0, goodLossRatio = 0, badLossRatio = 1] = readNumbers(
    '--loss',
    rest,
    form,
    2,
    4,
  );
  return { kind: 'gilbert-elliott', p, q, goodLossRatio, badLossRatio };
}

function readJitter(text: string): JitterSettings {
  const form = 'uniform:10, gamma:10,7, corr:25,20,200 or none';
  const [kind, rest] = splitKind('--jitter', text, form);
  if (kind === 'uniform') {
    const [maxMs = 0] = readNumbers('--jitter', rest, form, 1, 1);
    return { kind, maxMs };
  }
  if (kind === 'gamma') {
    const [meanMs = 0, deviationMs = 0] = readNumbers('--jitter', rest, form, 2, 2);
    return { kind, meanMs, deviationMs };
  }
  if (kind !== 'corr') throw wrongForm('--jitter', form, text);
  const [meanMs = 0, deviationMs = 0, timeConstantMs = 0] = readNumbers(
    '--jitter',
    rest,
    form,
    3,
    3,
  );
  return { kind: 'correlated', meanMs, deviationMs, timeConstantMs };
}

function readRecurring(flag: string, text: string, maxCount: number): Record<string, number> {
  const form = maxCount === 3 ? '2000,30,150' : '10000,250,500 or 10000,250,500,0.5';
  const numbers = readNumbers(flag, text, form, 3, maxCount);
  const [meanIntervalMs = 0, minMs = 0, maxMs = 0, fallRatio] = numbers;
  return { meanIntervalMs, minMs, maxMs, ...(fallRatio === undefined ? {} : { fallRatio }) };
}

function readTimes(flag: string, text: string, what: 'delayMs' | 'durationMs'): readonly object[] {
  return text.split(',').map((pair) => {
    const [at, ms, ...more] = pair.split(':').map(readNumber);
    if (at === undefined || ms === undefined || more.length > 0 || Number.isNaN(at + ms)) {
      throw wrongForm(flag, '10000:500 or 10000:500,20000:500', text);
    }
    return { atMs: at, [what]: ms };
  });
}

function splitKind(flag: string, text: string, form: string): readonly [string, string] {
  const colon = text.indexOf(':');
  if (colon < 0) throw wrongForm(flag, form, text);
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function readNumbers(
  flag: string,
  text: string,
  form: string,
  minCount: number,
  maxCount: number,
): readonly number[] {
  const numbers = text.split(',').map(readNumber);
  const isCount = numbers.length >= minCount && numbers.length <= maxCount;
  if (isCount && !numbers.some(Number.isNaN)) return numbers;
  throw wrongForm(flag, form, text);
}

/** Shares are written 5% or 0.05. */
function readNumber(text: string): number {
  if (!/^-?\d+(\.\d+)?%?$/.test(text)) return Number.NaN;
  return text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
}

function wrongForm(flag: string, form: string, text: string): UsageError {
  return new UsageError(`${flag} takes ${form}, got ${JSON.stringify(text)}`);
}

function readSettings(path: string): NetworkSettings {
  try {
    const settings: unknown = JSON.parse(readText(path));
    if (typeof settings === 'object' && settings !== null) return settings as NetworkSettings;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new EarshotError('EARSHOT_BAD_CAPTURE', `${path}: not a network as a JSON object`);
}

function readText(path: string): string {
  checkIsFile(path);
  if (statSync(path).size > MAX_SETTINGS_BYTES) {
    throw new EarshotError('EARSHOT_BAD_CAPTURE', `${path}: more than ${MAX_SETTINGS_BYTES} bytes`);
  }
  return readFileSync(path, 'latin1');
}
