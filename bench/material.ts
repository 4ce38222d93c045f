import { buildRtp, OpusEncoder } from '../src/index.js';
import { readWav } from '../src/replay/index.js';

/** A packet of the fixture call, as a receiver gets it and as the bare codec does. */
export interface MaterialPacket {
  readonly packet: Uint8Array;
  readonly payload: Uint8Array;
  readonly arrivalUs: number;
}

/** The fixture call as Opus 24 kb/s in 20 ms packets with in-band FEC, arriving on time. */
export function encodeFixtureCall(): readonly MaterialPacket[] {
  const wav = readWav('fixtures/speech/call.wav');
  const encoder = new OpusEncoder({
    sampleRateHz: wav.sampleRateHz,
    bitrateBps: 24_000,
    fec: 'on',
  });
  const packets: MaterialPacket[] = [];
  const { frameSamples, frameTicks } = encoder;
  for (let at = 0; at + frameSamples <= wav.pcm.length; at += frameSamples) {
    const i = packets.length;
    const payload = encoder.encode(wav.pcm.subarray(at, at + frameSamples));
    const packet = buildRtp(
      { payloadType: 111, sequenceNumber: i & 0xffff, timestamp: i * frameTicks, ssrc: 1 },
      payload,
    );
    packets.push({ packet, payload, arrivalUs: (i + 1) * 20_000 });
  }
  encoder.close();
  return packets;
}
