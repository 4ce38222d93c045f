import { ArrivalTrace } from '../analysis/arrival-trace.js';
import { minimumDelayLine } from '../analysis/minimum-delay-line.js';
import { packetReader } from '../analysis/packet-reading.js';
import { openCapture } from '../capture/capture.js';
import { type Codecs, OPUS, STATIC_CODECS } from '../capture/payload-types.js';
import type { SrtpKeys } from '../capture/srtp-decryption.js';
import { EarshotError } from '../errors.js';
import { inspectRtp, parseRtp } from '../receiver/rtp-packet.js';
import { playable, type TraceSpeech } from '../replay/spoken-trace.js';
import { WavReader } from '../replay/wav-reader.js';
import { deliver, type TimedPacket } from '../simulate/delivery.js';
import { Network, type NetworkSettings } from '../simulate/network.js';
import { networkPreset } from '../simulate/presets.js';
import { withRed } from '../simulate/red-sender.js';
import { encoderRateFor, resampled } from '../simulate/resampler.js';
import { speak } from '../simulate/talk.js';
import type { PathChoice } from './configuration.js';

/** How captures are read: the same for every call of a comparison. */
export interface CaptureReading {
  /** The stream that is played, 0..2^32-1. @defaultValue of each capture the one with the most packets that can be */
  readonly ssrc?: number | undefined;
  /** What payload types of the captures mean, as in `ReplayOptions`. */
  readonly codecs?: Codecs | undefined;
  /** Decrypts captures of SRTP. */
  readonly srtp?: SrtpKeys | undefined;
  /**
   * Speech for captures that hold headers alone, as timing traces do.
   *
   * @defaultValue a synthetic voice
   */
  readonly speech?: TraceSpeech | undefined;
}

/** A stream as it reaches the receiver; every iteration of `arrivals` gives the same packets. */
export interface Call {
  readonly codecs: Codecs;
  readonly arrivals: Iterable<TimedPacket>;
  /** What was sent, in order, and over which network; undefined for the packets of a capture. */
  readonly simulated:
    | { readonly sent: readonly TimedPacket[]; readonly network: NetworkSettings }
    | undefined;
}

const RED_PAYLOAD_TYPE = 63;
const RED = 'red/48000/2';
/** As browsers speak: 32 kbit/s with copies for the loss that is expected. */
const TALK = { ssrc: 1, bitrateBps: 32_000, fec: 'on' } as const;
/** Packets of a call that is sent again: 5 hours of 20 ms, of which each is kept. */
const MAX_SENT_PACKETS = 900_000;

/**
 * Opens a capture or a WAV file, sent over a network where one is chosen.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, `EARSHOT_NO_STREAM`; `EARSHOT_BAD_OPTION` for a WAV without a network, for
 *   RED over a capture that lacks packets and for speech where there is some; `EARSHOT_LIMIT_REACHED` for a call too long to
 *   be sent again
 */
export function openCall(
  path: string,
  { network, seed, redDistance }: PathChoice,
  reading: CaptureReading = {},
): Call {
  const isWav = /\.wav$/i.test(path);
  if (network === undefined) {
    if (!isWav) return capturedCall(path, reading);
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `${path}: a WAV file needs a network to be sent over`,
    );
  }
  const { codecs: sentCodecs, sent } = isWav ? spokenCall(path, reading) : sentAgain(path, reading);
  const settings = networkPreset(network, seed);
  const packets =
    redDistance === 0
      ? sent
      : [...withRed(sent, { distance: redDistance, payloadType: RED_PAYLOAD_TYPE })];
  return {
    codecs: redDistance === 0 ? sentCodecs : { ...sentCodecs, [RED_PAYLOAD_TYPE]: RED },
    arrivals: { [Symbol.iterator]: () => deliver(packets, new Network(settings)) },
    simulated: { sent: packets, network: settings },
  };
}

/** The trace of what arrives. */
export function traceOf({ codecs, arrivals }: Pick<Call, 'codecs' | 'arrivals'>): ArrivalTrace {
  const trace = new ArrivalTrace();
  const read = packetReader(codecs);
  for (const { atUs, data } of arrivals) {
    const header = inspectRtp(data);
    if (header !== undefined) trace.add(header, read({ header, data, atUs }));
  }
  return trace;
}

function capturedCall(path: string, { ssrc, codecs, srtp, speech }: CaptureReading): Call {
  const choice = { codecs, ...(ssrc === undefined ? {} : { ssrc }) };
  const { capture, stream, report: spoken } = playable(openCapture(path, { srtp }), choice, speech);
  return {
    codecs: { ...STATIC_CODECS, ...stream.codecs, ...(spoken === undefined && codecs) },
    arrivals: {
      *[Symbol.iterator]() {
        for (const { atUs, data, payloadBytes } of capture.packets(stream)) {
          // Of a packet among others that was clipped to its header, nothing can be decoded.
          if (payloadBytes === undefined) yield { atUs, data };
        }
      },
    },
    simulated: undefined,
  };
}

function spokenCall(
  path: string,
  { speech }: CaptureReading,
): { codecs: Codecs; sent: TimedPacket[] } {
  if (speech !== undefined) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `speech is for captures without payload; ${path} is what is said`,
    );
  }
  const wav = new WavReader(path);
  const sampleRateHz = encoderRateFor(wav.sampleRateHz);
  const pieces =
    sampleRateHz === wav.sampleRateHz ? wav : resampled(wav, wav.sampleRateHz, sampleRateHz);
  const sent: TimedPacket[] = [];
  for (const packet of speak(pieces, { ...TALK, sampleRateHz })) keep(path, sent, packet);
  return { codecs: { ...STATIC_CODECS, 111: OPUS }, sent };
}

/** The packets of a capture as they were sent: each once, in order, on the minimum-delay line. */
function sentAgain(path: string, reading: CaptureReading): { codecs: Codecs; sent: TimedPacket[] } {
  const captured = capturedCall(path, reading);
  const trace = traceOf(captured);
  const line = minimumDelayLine(trace);
  const bySequence = new Map<number, TimedPacket>();
  const packets: TimedPacket[] = [];
  for (const packet of captured.arrivals) keep(path, packets, packet);
  let index = 0;
  for (const { data } of packets) {
    if (parseRtp(data) === undefined) continue;
    const { sequence, mediaTicks, durationTicks } = trace.at(index++);
    const atUs = Math.max(0, Math.round(line.atUs(mediaTicks + durationTicks)));
    if (!bySequence.has(sequence)) bySequence.set(sequence, { atUs, data: data.slice() });
  }
  const sequences = [...bySequence.keys()].sort((a, b) => a - b);
  const lacking = (sequences.at(-1) ?? 0) - (sequences[0] ?? 0) + 1 - sequences.length;
  if (lacking > 0) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `${path} lacks ${lacking} packets: a network is simulated over a call without loss`,
    );
  }
  let lastUs = 0;
  const sent = sequences.map((sequence) => {
    const { atUs, data } = bySequence.get(sequence) as TimedPacket;
    lastUs = Math.max(lastUs, atUs);
    return { atUs: lastUs, data };
  });
  return { codecs: captured.codecs, sent };
}

function keep(path: string, sent: TimedPacket[], packet: TimedPacket): void {
  if (sent.length >= MAX_SENT_PACKETS) {
    throw new EarshotError(
      'EARSHOT_LIMIT_REACHED',
      `${path}: more than ${MAX_SENT_PACKETS} packets cannot be sent over a network`,
    );
  }
  sent.push(packet);
}
