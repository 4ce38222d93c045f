import type { OpusEncoderOptions, RtpArrival } from '../../src/index.js';
import { buildRtp, OpusEncoder } from '../../src/index.js';
import { fixtureCall } from './call.js';

/** A packet of the fixture call with its payload apart. */
export interface SpokenPacket extends RtpArrival {
  readonly payload: Uint8Array;
}

/** The first `ms` of the fixture call as RTP, every packet arriving the moment it is complete. */
export function spokenPackets(
  ms: number,
  options: Omit<OpusEncoderOptions, 'sampleRateHz'> = {},
): SpokenPacket[] {
  const encoder = new OpusEncoder({ ...options, sampleRateHz: 16_000 });
  const { frameSamples, frameTicks } = encoder;
  const pcm = fixtureCall().pcm.subarray(0, ms * 16);
  const packets: SpokenPacket[] = [];
  for (let at = 0; at + frameSamples <= pcm.length; at += frameSamples) {
    const i = packets.length;
    const payload = encoder.encode(pcm.subarray(at, at + frameSamples));
    const data = buildRtp(
      {
        payloadType: 111,
        sequenceNumber: (65_500 + i) & 0xffff,
        timestamp: i * frameTicks,
        ssrc: 7,
      },
      payload,
    );
    packets.push({ data, payload, arrivalUs: Math.round(((i + 1) * frameTicks * 1000) / 48) });
  }
  encoder.close();
  return packets;
}
