import type { CapturedPacket } from './captured-packet.js';
import { FoundStream, isPadding } from './found-stream.js';
import { type Jitter, JitterMeter } from './jitter-meter.js';
import { type Codecs, isAudio, isDynamic, OPUS, RED, STATIC_RTPMAPS } from './payload-types.js';
import type { SenderReport } from './rtcp.js';
import { CLOCK_RATES_HZ, SenderClock } from './sender-clock.js';
import { SequenceTally } from './sequence-tally.js';
import { TelephoneEventTally } from './telephone-event-tally.js';

/** One RTP stream of a capture, as `earshot streams --json` prints it. */
export interface ListedStream {
  readonly ssrc: number;
  /** Undefined where the capture does not tell. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly payloadTypes: readonly ListedPayloadType[];
  /** All that came, twice or not. */
  readonly packets: number;
  /** Of those, packets whose payload the capture did not keep. */
  readonly headersOnly: number;
  readonly payloadBytes: number;
  /** Sequence numbers that never came; pauses of comfort noise, DTX and telephone events leave none out. */
  readonly lost: number;
  readonly lossRatio: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** Times the sender began with new numbers. */
  readonly restarts: number;
  /** RFC 3550's estimate over the packets of audio; undefined where the clock rate is not known. */
  readonly jitterMs: { readonly mean: number; readonly max: number } | undefined;
  /** Arrival of the first packet after the capture's first record. */
  readonly startMs: number;
  /** From the first packet to the last. */
  readonly durationMs: number;
  readonly packetsPerSecond: number;
  /** Of the payload. */
  readonly bitrateBps: number;
  /** Keys pressed, by RFC 4733; which ones is not told. */
  readonly telephoneEvents: number;
  readonly telephoneEventPackets: number;
  readonly comfortNoisePackets: number;
  /** Packets with a number and no payload, as bandwidth estimators send them to probe a path. */
  readonly paddingPackets: number;
  /** Times the timestamps went on by more than a packet can hold, with no number missing. */
  readonly pauses: { readonly count: number; readonly totalMs: number };
  /** By the look of its payload. */
  readonly isEncrypted: boolean;
  readonly clock: {
    /** What jitter is computed with. */
    readonly rateHz: number | undefined;
    /** Timestamps over arrivals. */
    readonly measuredHz: number | undefined;
  };
  /** RTCP sender reports of this SSRC, and how fast the timestamps run by the sender's own clock. */
  readonly senderReports: { readonly count: number; readonly clockRateHz: number | undefined };
}

export interface ListedPayloadType {
  readonly payloadType: number;
  readonly packets: number;
  /** What it means: by RFC 3551, by the caller's word, or by the look of its packets. */
  readonly rtpmap: string | undefined;
}

const OPUS_CLOCK_RATE_HZ = 48_000;
const COMFORT_NOISE = 13;
/** That of Opus (RFC 6716 2.1.4): a longer step is no change of the frames' length. */
const LONGEST_PACKET_MS = 120;
/** A frame's length is what most packets step by; streams change it now and then, not for every packet. */
const MAX_STEPS_COUNTED = 64;

/** Collects what is listed of one stream. */
export class StreamTally {
  readonly found: FoundStream;
  readonly #sequence = new SequenceTally();
  readonly #events = new TelephoneEventTally();
  /** By clock rate, until it is known which one holds. */
  readonly #jitters: ReadonlyMap<number, JitterMeter> = new Map(
    CLOCK_RATES_HZ.map((rate) => [rate, new JitterMeter(rate)]),
  );
  readonly #stepCounts = new Map<number, number>();
  readonly #reportClock = new SenderClock();
  #reports = 0;
  #payloadBytes = 0;
  #startUs: number | undefined;
  #endUs = 0;
  #lastTimestamp: number | undefined;

  /** @param first - its first packet, which is not counted yet */
  constructor(first: CapturedPacket) {
    this.found = new FoundStream(first);
  }

  add(packet: CapturedPacket): void {
    const { atUs, header } = packet;
    this.found.add(packet);
    this.#startUs ??= atUs;
    this.#endUs = atUs;
    this.#payloadBytes += packet.payloadBytes ?? header.payloadLength;
    const place = this.#sequence.add(header.sequenceNumber);
    if (isPadding(packet)) return;
    const isEvent = isDynamic(header.payloadType) && this.#events.add(packet);
    // Neither runs on the clock of audio: an event's timestamp stands still, noise comes when it likes.
    if (isEvent || header.payloadType === COMFORT_NOISE) {
      this.#lastTimestamp = undefined;
      return;
    }
    for (const jitter of this.#jitters.values()) jitter.add(atUs, header.timestamp);
    if (place === 'duplicate') return;
    if (place === 'next' && this.#lastTimestamp !== undefined) {
      this.#countStep((header.timestamp - this.#lastTimestamp) | 0);
    }
    if (place !== 'late') this.#lastTimestamp = header.timestamp;
  }

  addReport({ ntpUs, timestamp }: SenderReport): void {
    this.#reports++;
    this.#reportClock.add(ntpUs, timestamp);
  }

  /** The caller's codecs, and what the file itself says of the stream's dynamic payload type. */
  withFileCodec(codecs: Codecs, rtpmap: string | undefined): Codecs {
    const type = this.found.dynamicPayloadType;
    return rtpmap === undefined || type === undefined ? codecs : { [type]: rtpmap, ...codecs };
  }

  /** @param codecs - what is said of payload types beside their packets */
  list(codecs: Codecs): ListedStream {
    const { found } = this;
    const payloadTypes = this.#payloadTypes(codecs);
    const rateHz = this.#clockRateHz(payloadTypes);
    const durationUs = this.#endUs - (this.#startUs ?? 0);
    const seconds = Math.max(durationUs, 1) / 1e6;
    const expected = found.packets - this.#sequence.duplicates + this.#sequence.lost;
    return {
      ssrc: found.ssrc,
      sourcePort: found.sourcePort,
      destinationPort: found.destinationPort,
      payloadTypes,
      packets: found.packets,
      headersOnly: found.headersOnly,
      payloadBytes: this.#payloadBytes,
      lost: this.#sequence.lost,
      lossRatio: this.#sequence.lost / expected,
      duplicates: this.#sequence.duplicates,
      reordered: this.#sequence.reordered,
      restarts: this.#sequence.restarts,
      jitterMs: rateHz === undefined ? undefined : rounded(this.#jitters.get(rateHz)?.jitter),
      startMs: (this.#startUs ?? 0) / 1000,
      durationMs: durationUs / 1000,
      packetsPerSecond: found.packets > 1 ? (found.packets - 1) / seconds : 0,
      bitrateBps: found.packets > 1 ? Math.round((8 * this.#payloadBytes) / seconds) : 0,
      telephoneEvents: this.#events.events,
      telephoneEventPackets: this.#events.packets,
      comfortNoisePackets: found.packetsOf(COMFORT_NOISE),
      paddingPackets: found.paddingPackets,
      pauses: this.#pauses(rateHz),
      isEncrypted: found.looksEncrypted,
      clock: { rateHz, measuredHz: found.clock.measuredHz },
      senderReports: {
        count: this.#reports,
        // SRTCP leaves the SSRC in the clear, and not the times.
        clockRateHz: found.looksEncrypted ? undefined : this.#reportClock.measuredHz,
      },
    };
  }

  #countStep(ticks: number): void {
    const count = this.#stepCounts.get(ticks);
    if (count === undefined && this.#stepCounts.size >= MAX_STEPS_COUNTED) return;
    this.#stepCounts.set(ticks, (count ?? 0) + 1);
  }

  #payloadTypes(codecs: Codecs): ListedPayloadType[] {
    const { found } = this;
    return [...found.packetsByPayloadType]
      .sort(([, a], [, b]) => b - a)
      .map(([payloadType, packets]) => ({
        payloadType,
        packets,
        rtpmap: codecs[payloadType] ?? STATIC_RTPMAPS[payloadType] ?? this.#guess(payloadType),
      }));
  }

  #guess(payloadType: number): string | undefined {
    if (payloadType === this.#events.payloadType) return 'telephone-event/8000';
    const { dynamicPayloadType, looksLikeOpus, looksEncrypted, red } = this.found;
    if (looksEncrypted) return undefined;
    if (payloadType === dynamicPayloadType) {
      if (looksLikeOpus) return OPUS;
      return red === undefined ? undefined : RED;
    }
    return payloadType === red?.primaryType ? OPUS : undefined;
  }

  /** That of its codec, else the usual one that its timestamps run at. */
  #clockRateHz(payloadTypes: readonly ListedPayloadType[]): number | undefined {
    const rtpmap = payloadTypes.find(
      (one) => one.rtpmap !== undefined && isAudio(one.rtpmap),
    )?.rtpmap;
    const declared = rtpmap === undefined ? undefined : Number(rtpmap.split('/')[1]);
    const rate = declared ?? this.found.clock.nominalHz;
    if (rate !== undefined && this.#jitters.has(rate)) return rate;
    return this.found.looksLikeOpus ? OPUS_CLOCK_RATE_HZ : undefined;
  }

  #pauses(rateHz: number | undefined): ListedStream['pauses'] {
    const [[usual = 0] = []] = [...this.#stepCounts].sort(([, a], [, b]) => b - a);
    if (rateHz === undefined) return { count: 0, totalMs: 0 };
    let count = 0;
    let ticks = 0;
    for (const [step, packets] of this.#stepCounts) {
      if (step <= usual || step <= (LONGEST_PACKET_MS * rateHz) / 1000) continue;
      count += packets;
      ticks += packets * (step - usual);
    }
    return { count, totalMs: Math.round((ticks * 1000) / rateHz) };
  }
}

function rounded(jitter: Jitter | undefined): ListedStream['jitterMs'] {
  if (jitter === undefined) return undefined;
  const toMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000;
  return { mean: toMicroseconds(jitter.meanMs), max: toMicroseconds(jitter.maxMs) };
}
