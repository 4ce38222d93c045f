import type { PacketContent } from '../analysis/arrival-trace.js';
import type { Capture } from '../capture/capture.js';
import type { CapturedDatagram } from '../capture/captured-datagram.js';
import type { StreamAddress } from '../capture/captured-packet.js';
import { MadeDatagrams } from '../capture/datagram-source.js';
import { PacketCursor, packetsOf } from '../capture/packet-cursor.js';
import { PacketScan } from '../capture/packet-scan.js';
import { isDynamic, OPUS } from '../capture/payload-types.js';
import { checkNames, EarshotError } from '../errors.js';
import { TICKS_PER_MS, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import { buildRtp, type RtpHeader } from '../receiver/rtp-packet.js';
import { type EncoderRateHz, encoderRateFor, resampled } from '../simulate/resampler.js';
import { SpeechEncoder } from '../simulate/speech-encoder.js';
import { syntheticVoice } from '../simulate/synthetic-voice.js';
import { type ChosenStream, chooseStream, type StreamChoice } from './streams.js';
import { framesOf, type TraceFrames } from './trace-frames.js';
import { packetsOfTrace, type TracedStream, traceStream } from './traced-stream.js';

/** Speech for packets whose payload was not captured; it begins anew where the trace is longer. */
export interface TraceSpeech {
  /** Any rate in 4000..384000 Hz. */
  readonly sampleRateHz: number;
  /** Mono. */
  readonly pcm: Int16Array;
  /** Whether packets hold copies of the one before; a trace does not tell. @defaultValue 'off' */
  readonly fec?: 'on' | 'off' | undefined;
  /** What it is, for reports. @defaultValue 'given' */
  readonly name?: string | undefined;
}

/** What was put into the packets of a trace. */
export interface SpokenTraceReport {
  /** What was spoken: its name, or `synthetic voice`. */
  readonly speech: string;
  readonly bitrateBps: number;
  /** Of most packets. */
  readonly frameMs: number;
  readonly fec: 'on' | 'off';
  /** Of the trace's own timestamps. */
  readonly clockRateHz: number;
  /** What the trace's audio was; the packets are Opus now. */
  readonly tracedPayloadType: number;
}

/** A capture of headers as a capture of Opus packets, and the stream in it. */
export interface SpokenTrace {
  readonly capture: Capture;
  readonly stream: ChosenStream;
  readonly report: SpokenTraceReport;
}

/** By the clock of the Opus beside it, as its timestamps are. */
const EVENTS = 'telephone-event/48000';
const FIRST_DYNAMIC_TYPE = 96;
/** Packets of Opus up to this length say that nothing is said (RFC 6716 3.2.1: a frame without bytes). */
const DTX_BYTES = 2;
const NO_BYTES: Uint8Array = new Uint8Array(0);
/** RFC 3550 5.1. */
const PADDING_BIT = 0x20;
/** One frame of 20 ms, SILK at 16 kHz, without bytes. */
const DTX_PACKET = Uint8Array.of(9 << 3);
/** Lost packets before one that came that are encoded: what the encoder remembers is shorter. */
const MAX_LOST_ENCODED = 16;
/** Late packets come at most this much after newer ones (ArrivalTrace). */
const KEPT_PACKETS = 256;

/**
 * Gives the packets of a capture of headers speech: each sequence number has the piece of speech of its media time, encoded at
 * the packet's own length and near the trace's bit rate, so that what is lost, late or twice is so as in the trace.
 *
 * Packets of comfort noise and of 1 or 2 bytes become Opus without sound; those of other types keep their length, all zeros: of
 * a telephone event only its place is known.
 *
 * @param speech - undefined for a synthetic voice
 * @throws {EarshotError} `EARSHOT_NO_STREAM`, `EARSHOT_BAD_CAPTURE`, `EARSHOT_BAD_OPTION`, `EARSHOT_LIMIT_REACHED`
 */
export function withSpeech(
  capture: Capture,
  choice: StreamChoice,
  speech: TraceSpeech = syntheticSpeech(),
): SpokenTrace {
  checkNames('speech', speech, ['sampleRateHz', 'pcm', 'fec', 'name']);
  const { fec = 'off', name = 'given' } = speech;
  const stream = traceStream(capture, choice);
  const frames = framesOf(stream.trace);
  const payloadType = isDynamic(stream.payloadType) ? stream.payloadType : FIRST_DYNAMIC_TYPE;
  const sampleRateHz = encoderRateFor(speech.sampleRateHz);
  const looped = { sampleRateHz, pcm: atRate(speech, sampleRateHz) };
  const { bitrateBps } = frames;
  const newEncoder = (): SpeechEncoder => new SpeechEncoder(looped, { bitrateBps, fec });
  newEncoder().close(); // what is wrong with the speech is told now, not at the first packet

  const datagrams = function* (): Generator<CapturedDatagram> {
    const encoder = newEncoder();
    try {
      yield* spoken(capture, stream, payloadType, new Payloads(encoder, frames));
    } finally {
      encoder.close();
    }
  };
  const cursor = (wanted?: StreamAddress): PacketCursor =>
    new PacketCursor(new PacketScan(new MadeDatagrams(datagrams())), wanted);
  return {
    capture: {
      name: capture.name,
      format: capture.format,
      sha256: () => capture.sha256(),
      get counts() {
        return capture.counts;
      },
      packets: (wanted) => packetsOf(() => cursor(wanted)),
      cursor,
      [Symbol.iterator]: datagrams,
    },
    stream: {
      ssrc: stream.ssrc,
      payloadType,
      codecs: { ...eventTypes(capture, stream), [payloadType]: OPUS },
      packets: stream.trace.length,
      headersOnly: stream.trace.length,
      sourcePort: stream.sourcePort,
      destinationPort: stream.destinationPort,
    },
    report: {
      speech: name,
      bitrateBps,
      frameMs: frames.usualTicks / TICKS_PER_MS,
      fec,
      clockRateHz: stream.clockRateHz,
      tracedPayloadType: stream.payloadType,
    },
  };
}

/**
 * The stream of a capture that a replay plays: as it was captured, or with speech where only its headers were.
 *
 * @throws {EarshotError} `EARSHOT_NO_STREAM`, `EARSHOT_BAD_CAPTURE`, `EARSHOT_LIMIT_REACHED`; `EARSHOT_BAD_OPTION`, also for
 *   speech where there is some
 */
export function playable(
  capture: Capture,
  choice: StreamChoice,
  speech?: TraceSpeech,
): Omit<SpokenTrace, 'report'> & Partial<SpokenTrace> {
  let stream: ChosenStream | undefined;
  try {
    stream = chooseStream(capture, choice);
  } catch (error) {
    const isMiss = error instanceof EarshotError && error.code === 'EARSHOT_NO_STREAM';
    const { headersOnly, datagrams } = capture.counts;
    if (!isMiss || 2 * headersOnly <= datagrams) throw error;
    return withSpeech(capture, choice, speech);
  }
  const { ssrc, headersOnly, packets } = stream;
  if (2 * headersOnly > packets) return withSpeech(capture, { ...choice, ssrc }, speech);
  if (speech === undefined) return { capture, stream };
  throw new EarshotError(
    'EARSHOT_BAD_OPTION',
    `speech is for captures without payload; ${capture.name} holds what was said`,
  );
}

/** What is spoken where no speech is given. */
export function syntheticSpeech(): TraceSpeech {
  return { ...syntheticVoice(), name: 'synthetic voice' };
}

function atRate({ pcm, sampleRateHz }: TraceSpeech, toHz: EncoderRateHz): Int16Array {
  if (sampleRateHz === toHz) return pcm;
  const pieces = [...resampled([pcm], sampleRateHz, toHz)];
  const all = new Int16Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function* spoken(
  capture: Capture,
  { key, trace, clockRateHz }: TracedStream,
  payloadType: number,
  payloads: Payloads,
): Generator<CapturedDatagram> {
  const ticksPerTick = TICKS_PER_SECOND / clockRateHz;
  let index = 0;
  let timestamp: number | undefined;
  let previous: RtpHeader | undefined;
  for (const { header, datagram, payloadBytes } of packetsOfTrace(capture, key)) {
    if (index === trace.length) return;
    // Steps are scaled, jumps and all, so that what the trace's sender did to its numbers is done to these.
    const step = previous === undefined ? 0 : (header.timestamp - previous.timestamp) | 0;
    timestamp = (timestamp ?? header.timestamp * ticksPerTick) + step * ticksPerTick;
    previous = header;

    const { sequence, mediaTicks, content } = trace.at(index++);
    const isSilent = payloadBytes > 0 && payloadBytes <= DTX_BYTES;
    const isEmpty = payloadBytes === 0 && datagram.payloadBytes === undefined;
    const padding = isEmpty ? datagram.data.subarray(header.payloadOffset) : NO_BYTES;
    const payload = isEmpty
      ? padding
      : !isSpoken(content)
        ? new Uint8Array(payloadBytes)
        : content === 'comfort-noise' || isSilent
          ? DTX_PACKET
          : payloads.of(sequence, mediaTicks);
    const data = buildRtp(
      {
        payloadType: isSpoken(content) ? payloadType : header.payloadType,
        sequenceNumber: header.sequenceNumber,
        timestamp: modulo32(Math.round(timestamp)),
        ssrc: header.ssrc,
        marker: header.marker,
      },
      payload,
    );
    if (padding.length > 0) data[0] = (data[0] ?? 0) | PADDING_BIT;
    yield { ...datagram, data, payloadBytes: undefined };
  }
}

function isSpoken(content: PacketContent): boolean {
  return content === 'audio' || content === 'comfort-noise';
}

/** Types of telephone events: they take sequence numbers and hold no audio, so that they are no loss either. */
function eventTypes(capture: Capture, { key, trace }: TracedStream): Record<number, string> {
  const types: Record<number, string> = {};
  let index = 0;
  for (const { header } of packetsOfTrace(capture, key)) {
    if (index === trace.length) break;
    if (trace.at(index++).content === 'telephone-event') types[header.payloadType] = EVENTS;
  }
  return types;
}

function modulo32(ticks: number): number {
  return ((ticks % 2 ** 32) + 2 ** 32) % 2 ** 32;
}

/** Encodes in the order of sending, what was lost too: a packet's copy and the encoder's memory are of the packet before it. */
class Payloads {
  readonly #encoder: SpeechEncoder;
  readonly #frames: TraceFrames;
  readonly #kept = new Map<number, Uint8Array>();
  #next: number;

  constructor(encoder: SpeechEncoder, frames: TraceFrames) {
    this.#encoder = encoder;
    this.#frames = frames;
    this.#next = frames.firstSequence;
  }

  of(sequence: number, mediaTicks: number): Uint8Array {
    const { usualTicks, positionOf } = this.#frames;
    const firstLost = Math.max(this.#next, sequence - MAX_LOST_ENCODED);
    for (let lost = firstLost; lost < sequence; lost++) {
      this.#encode(lost, positionOf(lost) ?? mediaTicks - (sequence - lost) * usualTicks);
    }
    if (sequence >= this.#next) {
      this.#encode(sequence, mediaTicks);
      this.#next = sequence + 1;
    }
    return this.#kept.get(sequence) ?? this.#encode(sequence, mediaTicks);
  }

  #encode(sequence: number, mediaTicks: number): Uint8Array {
    const payload = this.#encoder.encode(mediaTicks, this.#frames.ticksOf(sequence));
    this.#kept.set(sequence, payload);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_PACKETS && oldest !== undefined) this.#kept.delete(oldest);
    return payload;
  }
}
