import { closeSync, readSync } from 'node:fs';
import { openCapture } from '../capture/capture.js';
import { OPUS } from '../capture/payload-types.js';
import { openReadable } from '../capture/readable-file.js';
import { ssrcText } from '../capture/ssrc-text.js';
import { checkApart } from '../replay/outputs.js';
import { playable } from '../replay/spoken-trace.js';
import { WavReader } from '../replay/wav-reader.js';
import {
  type CapturedPacket,
  deliver,
  encoderRateFor,
  Network,
  resampled,
  sentAgain,
  speak,
  type TalkSettings,
  type TimedPacket,
  withRed,
} from '../simulate/index.js';
import { CAPTURE_FLAGS, readSrtpKeys } from './capture-flags.js';
import type { Command } from './command.js';
import { parseFlags, readChoice, readCodecs, readInteger } from './flags.js';
import { NETWORK_FLAGS, NETWORK_HELP, readNetwork } from './network-flags.js';
import { packetFileFormat, writePacketFile } from './packet-file.js';
import { say } from './say.js';
import { DeliveryCount, type DeliverySummary, describePresets } from './simulate-summary.js';
import { UsageError } from './usage-error.js';
import { writingInOrder } from './writing-in-order.js';

const HELP = `Sends speech, or a call that was captured, through a network that is none, and writes what arrives.
The same command writes the same bytes on every run.

Usage: earshot simulate <speech.wav | capture> --out <file> [flags]

  <speech.wav>         mono 16-bit PCM of any rate: spoken as Opus, a packet at the moment its last sample is there
  <capture>            what earshot replay takes: one stream of it is sent anew
  --out <file>         .pcap with the packets; .csv or .ndjson with their times and headers, and no voice
  --json               what was done as one object on stdout; its "network" is what --settings takes
  --list               the networks that have a name, their settings and where the numbers come from

The sender, of a WAV:
  --bitrate <bps>      6000..510000                                        [24000]
  --frame-ms <ms>      10, 20, 40 or 60                                    [20]
  --fec <how>          on or off: in-band copies of the packet before      [off]
  --expected-loss <%>  0..100; steers how much of that there is            [10 with FEC]
  --dtx <how>          on or off: leave out silence                        [off]
  --ssrc <n>           decimal or 0x...                                    [0x45617273]
  of both:
  --red <n>            1..8: each packet repeats the n before it (RFC 2198), as payload type 63

The sender, of a capture:
  --times <how>        ideal: as the timestamps say, in order, each once, so that the captured network's delays are
                       gone, its losses not; captured: when they arrived, on top of which comes this network  [ideal]
  --ssrc, --payload-type, --codec, --srtp-key, --srtp-suite   as in earshot replay; a stream of headers gets a voice of ours

The network:
${NETWORK_HELP}
Examples:
  earshot simulate speech.wav --out call.pcap --network wifi --seed 7 --fec on
  earshot simulate speech.wav --out call.csv --network lte --loss burst:3%,2 --drift 100
  earshot simulate call.pcap --out worse.pcap --network congested --red 1

How to read it:
  packets    sent into the network, lost in it, doubled by it, overtaken by others in it
  delay      from sending to arrival

Exit code: 0 done; 1 the input is broken or holds no such stream, or the file could not be written; 2 wrong flags; 130 ended
by Ctrl-C, 143 by SIGTERM. The file is there when it is complete; until then stays what was there before.
`;

const DEFAULT_SSRC = 0x45617273;
const RED_TYPE = 63;
/** Flags of the one kind of input that the other does not take. */
const SPEECH_FLAGS = ['bitrate', 'frame-ms', 'fec', 'expected-loss', 'dtx'] as const;
const RESEND_FLAGS = ['times', 'payload-type', 'codec', 'srtp-key', 'srtp-suite'] as const;

const FLAGS = {
  ...NETWORK_FLAGS,
  out: { type: 'string' },
  json: { type: 'boolean' },
  list: { type: 'boolean' },
  bitrate: { type: 'string' },
  'frame-ms': { type: 'string' },
  fec: { type: 'string' },
  'expected-loss': { type: 'string' },
  dtx: { type: 'string' },
  ssrc: { type: 'string' },
  red: { type: 'string' },
  times: { type: 'string' },
  'payload-type': { type: 'string' },
  ...CAPTURE_FLAGS,
} as const;

type Values = ReturnType<typeof parseFlags<typeof FLAGS>>['values'];

/** Packets on the sender's clock, and what made them. */
interface Sender {
  readonly packets: Iterable<TimedPacket>;
  readonly about: Readonly<Record<string, unknown>>;
  /** What `earshot replay` has to be told to play them; empty where it finds out. */
  readonly codecs: Readonly<Record<number, string>>;
}

export const simulateCommand: Command = {
  help: HELP,
  async run(words) {
    const { values, positionals } = parseFlags(words, FLAGS);
    if (values.list) {
      say(describePresets());
      return 0;
    }
    const [path, ...others] = positionals;
    if (path === undefined) throw new UsageError('what is to be sent? It takes a WAV or a capture');
    if (others.length > 0) throw new UsageError(`one input at a time, got ${positionals.length}`);
    const { out } = values;
    if (out === undefined)
      throw new UsageError('where to? --out takes a .pcap, .csv or .ndjson file');
    const format = packetFileFormat('--out', out);
    const network = readNetwork(values);
    const red = readInteger('--red', values.red, 1, 8);
    const sender = isWav(path) ? speakerOf(path, values) : resenderOf(path, values);
    checkApart(path, out);

    const count = new DeliveryCount();
    const packets = red === undefined ? sender : redundant(sender, red);
    const arrivals = deliver(count.sent(packets.packets), new Network(network));
    await writingInOrder([out], (signal) =>
      writePacketFile(out, format, count.arrived(arrivals), signal),
    );

    const done = { out, format, input: path, sender: packets.about, network, ...count.summary() };
    if (values.json) say(JSON.stringify(done, null, 2));
    else say(summarize(done, packets.codecs));
    return 0;
  },
};

function isWav(path: string): boolean {
  const { file } = openReadable(path);
  try {
    const start = Buffer.alloc(4);
    readSync(file, start);
    return start.toString('latin1') === 'RIFF';
  } finally {
    closeSync(file);
  }
}

function speakerOf(path: string, values: Values): Sender {
  refuse(values, RESEND_FLAGS, 'a WAV is spoken');
  const bitrateBps = readInteger('--bitrate', values.bitrate, 6000, 510_000);
  const frameMs = readChoice('--frame-ms', values['frame-ms'], ['10', '20', '40', '60']);
  const fec = readChoice('--fec', values.fec, ['on', 'off']) ?? 'off';
  const expected = readInteger('--expected-loss', values['expected-loss'], 0, 100);
  const wav = new WavReader(path);
  const settings: Required<Omit<TalkSettings, 'firstSequenceNumber' | 'firstTimestamp'>> = {
    sampleRateHz: encoderRateFor(wav.sampleRateHz),
    bitrateBps: bitrateBps ?? 24_000,
    frameMs: Number(frameMs ?? 20) as 10 | 20 | 40 | 60,
    fec,
    expectedLossPercent: expected ?? (fec === 'on' ? 10 : 0),
    dtx: readChoice('--dtx', values.dtx, ['on', 'off']) ?? 'off',
    payloadType: 111,
    ssrc: readSsrc(values) ?? DEFAULT_SSRC,
  };
  const pcm = resampled(wav, wav.sampleRateHz, settings.sampleRateHz);
  return { packets: speak(pcm, settings), about: settings, codecs: {} };
}

function resenderOf(path: string, values: Values): Sender {
  refuse(values, SPEECH_FLAGS, 'a capture is sent as it is');
  const times = readChoice('--times', values.times, ['ideal', 'captured']) ?? 'ideal';
  const ssrc = readSsrc(values);
  const payloadType = readInteger('--payload-type', values['payload-type'], 0, 127);
  const choice = {
    ...(ssrc === undefined ? {} : { ssrc }),
    payloadType,
    codecs: readCodecs('--codec', values.codec),
  };
  const { capture, stream } = playable(openCapture(path, { srtp: readSrtpKeys(values) }), choice);
  const inStream = function* (): Generator<CapturedPacket> {
    for (const packet of capture.packets(stream)) {
      if (packet.payloadBytes === undefined) yield packet; // what was not captured cannot be sent
    }
  };
  const about = { times, ssrc: stream.ssrc, codecs: stream.codecs };
  const codecs = choice.codecs ?? (payloadType === undefined ? {} : { [payloadType]: OPUS });
  if (times === 'captured') return { packets: inStream(), about, codecs };
  const { packets, missing, duplicates } = sentAgain(inStream(), stream.codecs);
  return { packets, about: { ...about, missing, duplicates }, codecs };
}

function redundant({ packets, about, codecs }: Sender, distance: number): Sender {
  const played = { 111: OPUS, ...(about.codecs as object | undefined), ...codecs };
  if (Object.values(played).some((rtpmap) => /^red\//i.test(rtpmap))) {
    throw new UsageError('--red: the captured stream is RED already');
  }
  return {
    packets: withRed(packets, { distance, payloadType: RED_TYPE }),
    about: { ...about, redDistance: distance },
    codecs: { [RED_TYPE]: 'red/48000/2', ...played },
  };
}

function readSsrc(values: Values): number | undefined {
  return readInteger('--ssrc', values.ssrc, 0, 2 ** 32 - 1);
}

function refuse(values: Values, flags: readonly (keyof Values)[], why: string): void {
  const given = flags.find((flag) => values[flag] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} has no meaning here: ${why}`);
}

function summarize(
  done: DeliverySummary & { readonly out: string; readonly input: string; sender: object },
  codecs: Readonly<Record<number, string>>,
): string {
  const { sent, lost, doubled, overtaken } = done.packets;
  const { p50, p95, p99, max } = done.delayMs;
  const share = sent === 0 ? 0 : (lost / sent) * 100;
  const facts = Object.entries(done.sender)
    .map(([name, value]) => `${name} ${told(name, value)}`)
    .join(', ');
  const flags = Object.entries(codecs).map(([type, rtpmap]) => ` --codec ${type}=${rtpmap}`);
  return [
    `${done.input}: ${(done.durationMs / 1000).toFixed(1)} s`,
    `sender    ${facts}`,
    '',
    `packets   sent ${sent}  lost ${lost} (${share.toFixed(2)} %)  doubled ${doubled}  overtaken ${overtaken}`,
    `delay     p50 ${p50.toFixed(1)}  p95 ${p95.toFixed(1)}  p99 ${p99.toFixed(1)}  max ${max.toFixed(1)} ms`,
    `wrote     ${done.out}`,
    `replay    earshot replay ${done.out}${flags.join('')}`,
  ].join('\n');
}

/** A setting as the flag for it would be written. */
function told(name: string, value: unknown): string {
  if (name === 'ssrc') return ssrcText(Number(value));
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([type, rtpmap]) => `${type}=${rtpmap}`)
    .join(' ');
}
