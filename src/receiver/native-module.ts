/** What `earshot.node` exports (native/addon). Internal: the classes around it check arguments. */
export interface NativeModule {
  readonly Receiver: new (
    config: NativeReceiverConfig,
    memory: NativeReceiverMemory,
  ) => NativeReceiver;
  readonly ReceiverPool: new (
    config: { readonly maxStreams: number; readonly deepPlcUsPerTick: number },
    memory: NativePoolMemory,
  ) => NativeReceiverPool;
  readonly OpusEncoder: new (
    sampleRateHz: number,
    bitrateBps: number,
    expectedLossPercent: number,
    fec: boolean,
    dtx: boolean,
    voice: boolean,
    complexity: number | undefined,
  ) => { encode(pcm: Int16Array): Uint8Array };
  readonly OpusDecoder: new (
    sampleRateHz: number,
    channels: number,
    libopus: string | undefined,
  ) => {
    decode(payload: Uint8Array): Int16Array;
    decodeInto(payload: Uint8Array, pcm: Int16Array): number;
  };
  opusFeatures(libopus: string | undefined): {
    readonly version: string;
    readonly decoderBytes: number;
    readonly deepPlc: boolean;
    readonly dred: boolean;
  };
  /** What `parseRtp` and `parseOpus` write until the next call (native/addon/rtp_functions.cc). */
  readonly packetFields: Uint32Array;
  /** Writes 7 numbers of the header and 4 of the payload; false for what is no RTP. */
  parseRtp(packet: Uint8Array): boolean;
  /** Writes 6 words for each packet (native/addon/rtp_functions.cc), and returns how many of them are RTP. */
  inspectRtpPackets(
    bytes: Uint8Array,
    starts: Uint32Array,
    lengths: Uint32Array,
    words: Uint32Array,
    count: number,
  ): number;
  findRtpExtension(packet: Uint8Array, id: number): Uint8Array | undefined;
  /** `undefined` for a format that the engine understands, else what of it is not understood. */
  checkCodec(rtpmap: string): string | undefined;
  /** Writes the 4 numbers of the payload; false for what is no Opus. */
  parseOpus(payload: Uint8Array): boolean;
  splitRed(payload: Uint8Array, redPayloadType: number): NativeRedBlock[];
}

/** Integers all; `readers` as in native/receiver/timeline_writer.h. */
export interface NativeReceiverConfig {
  readonly readers: number;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly deadlineUs: number;
  readonly eagernessThousandths: number;
  /** Payload type and rtpmap in turn; empty to guess from the first packet. */
  readonly codecs: readonly (number | string)[];
  /** Of abs-capture-time; 0 for none. */
  readonly captureTimeExtension: number;
  readonly maxFillUs: number;
  readonly minDelayUs: number;
  readonly maxDelayUs: number;
  readonly libopus: string | undefined;
  readonly deepPlcUsPerTick: number;
}

/** What a receiver reads and writes beside its arguments; lists of fields as in native/addon/receiver_fields.cc. */
export interface NativeReceiverMemory {
  /** Of the packets of a push. */
  readonly arrivalsUs: Float64Array;
  /** One number: how many packets a run is done with. */
  readonly taken: Float64Array;
  readonly pcm: Int16Array;
  readonly frames: Float64Array;
  /** One number: when to poll again if no packet comes, absolute µs; the time of the poll itself where frames are left, -1 for never. */
  readonly wakeup: Float64Array;
  readonly block: Float64Array;
  readonly counters: Float64Array;
}

export interface NativeReceiver {
  /** The bound `arrivalsUs[i]` is when `packets[i]` came; the first `count` of both are taken. */
  push(packets: readonly Uint8Array[], count: number): void;
  /** Writes frames and `wakeup` into the bound memory and returns how many; 0 when nothing is left for `nowUs`. */
  poll(nowUs: number): number;
  /**
   * Takes packets `first` to `count` of columns at their arrivals and polls in their time, until the bound memory may not
   * have room for more; writes frames and `taken`, and returns how many frames.
   */
  run(
    bytes: Uint8Array,
    starts: Uint32Array,
    lengths: Uint32Array,
    arrivalsUs: Float64Array,
    first: number,
    count: number,
  ): number;
  /** Writes 10 ms to the front of the bound PCM, and what they are into the bound block. */
  pull(nowUs: number): void;
  /** Writes a number and a last useful time for each packet to ask for, and returns how many. */
  takeNacks(nowUs: number, nacks: Float64Array): number;
  setRoundTrip(rttUs: number): void;
  senderReport(ssrc: number, ntpSeconds: number, ntpFraction: number, rtpTimestamp: number): void;
  /** Writes telephone events into the memory given and returns how many. */
  takeEvents(nowUs: number, events: Float64Array): number;
  end(): void;
  /** Frees the engine; every later call does nothing. */
  close(): void;
  /** Absolute µs, or -1 for never. */
  nextWakeup(): number;
  /** Writes the counters into the bound memory. */
  readCounters(): void;
}

/** Memory that all streams of a pool share; lists of fields as in native/addon/receiver_fields.cc. */
export interface NativePoolMemory {
  /** The packets of a push, one behind the other. */
  readonly bytes: Uint8Array;
  /** Of each of them: stream, arrival in µs, bytes. */
  readonly packets: Float64Array;
  readonly pcm: Int16Array;
  readonly frames: Float64Array;
  readonly blocks: Float64Array;
  /** Whose the frames or blocks are. */
  readonly streams: Float64Array;
  readonly counters: Float64Array;
}

/** What is asked of a stream that is not in the pool does nothing. */
export interface NativeReceiverPool {
  /** The stream's id; `undefined` when there are as many as there may be. */
  add(config: NativeReceiverConfig): number | undefined;
  remove(stream: number): void;
  /** Takes the first `count` packets of the bound memory. */
  push(count: number): void;
  /** Writes frames into the bound memory and returns how many; 0 when nothing is left for `nowUs`. */
  poll(nowUs: number): number;
  /** Writes 10 ms of each stream that is played, PCM without gaps, and returns how many. */
  pull(nowUs: number): number;
  senderReport(
    stream: number,
    ssrc: number,
    ntpSeconds: number,
    ntpFraction: number,
    rtpTimestamp: number,
  ): void;
  end(stream: number): void;
  /** Frees the engine; every later call does nothing. */
  close(): void;
  /** Absolute µs, or -1 for never. */
  nextWakeup(): number;
  /** Writes the stream's counters into the bound memory. */
  readCounters(stream: number): void;
}

export interface NativeRedBlock {
  readonly payloadType: number;
  readonly timestampOffset: number;
  readonly payloadOffset: number;
  readonly payloadLength: number;
}
