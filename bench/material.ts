import { buildRtp, OpusEncoder } from '../src/index.js';
import { readWav } from '../src/replay/index.js';
import { Random } from '../src/simulate/index.js';

/** A packet of the fixture call, as a receiver gets it and as the bare codec does. */
export interface MaterialPacket {
  readonly packet: Uint8Array;
  readonly payload: Uint8Array;
  readonly arrivalUs: number;
}

/** The fixture call as Opus 24 kb/s in 20 ms packets with in-band FEC, arriving on time. */
export function encodeFixtureCall(): readonly MaterialPacket[] {
  const wav = readWav('fixtures/speech/call.wav');
  return encodeCall(wav.pcm, { sampleRateHz: wav.sampleRateHz, bitrateBps: 24_000 });
}

const HYBRID_RATE_HZ = 48_000;
/** RFC 6716 3.1: the first five bits of a packet of SILK below 8 kHz and CELT above. */
const HYBRID_CONFIGS = [12, 13, 14, 15];

/** The same at 48 kHz and 32 kb/s, which libopus codes with both of its codecs at once: a decoder's state is fullest then. */
export function encodeHybridCall(): readonly MaterialPacket[] {
  const wav = readWav('fixtures/speech/call.wav');
  const packets = encodeCall(widen(wav.pcm, HYBRID_RATE_HZ / wav.sampleRateHz), {
    sampleRateHz: HYBRID_RATE_HZ,
    bitrateBps: 32_000,
  });
  const others = packets.filter(({ payload }) => !HYBRID_CONFIGS.includes((payload[0] ?? 0) >> 3));
  if (others.length > 0) throw new Error(`${others.length} packets are not hybrid`);
  return packets;
}

/** Lines between the samples, and a hiss 60 dB under full scale above them, for the encoder to find something up there. */
function widen(pcm: Int16Array, factor: number): Int16Array {
  const random = new Random(1);
  return Int16Array.from({ length: pcm.length * factor }, (_, i) => {
    const at = Math.floor(i / factor);
    const before = pcm[at] ?? 0;
    const share = (i % factor) / factor;
    return before + ((pcm[at + 1] ?? before) - before) * share + random.below(33) - 16;
  });
}

function encodeCall(
  pcm: Int16Array,
  settings: { readonly sampleRateHz: number; readonly bitrateBps: number },
): readonly MaterialPacket[] {
  const encoder = new OpusEncoder({ ...settings, fec: 'on' });
  const packets: MaterialPacket[] = [];
  const { frameSamples, frameTicks } = encoder;
  for (let at = 0; at + frameSamples <= pcm.length; at += frameSamples) {
    const i = packets.length;
    const payload = encoder.encode(pcm.subarray(at, at + frameSamples));
    const packet = buildRtp(
      { payloadType: 111, sequenceNumber: i & 0xffff, timestamp: i * frameTicks, ssrc: 1 },
      payload,
    );
    packets.push({ packet, payload, arrivalUs: (i + 1) * 20_000 });
  }
  encoder.close();
  return packets;
}
