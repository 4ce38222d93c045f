import { readFile } from 'node:fs/promises';
import { OpusEncoder } from '../../../src/index.js';
import type { Publisher } from './publisher.js';

const SAMPLE_RATE_HZ = 16_000;
const WAV_HEADER_BYTES = 44;

/** Opus packets of the fixture call, 20 ms each. */
export async function fixturePackets(durationMs: number): Promise<Uint8Array[]> {
  const wav = await readFile(new URL('../../../fixtures/speech/call.wav', import.meta.url));
  if (wav.readUInt32LE(24) !== SAMPLE_RATE_HZ) throw new Error('call.wav is not at 16 kHz');
  const samples = new Int16Array(
    wav.buffer.slice(wav.byteOffset + WAV_HEADER_BYTES, wav.byteOffset + wav.length),
  );
  const encoder = new OpusEncoder({ sampleRateHz: SAMPLE_RATE_HZ, bitrateBps: 24_000, fec: 'on' });
  const packets = Array.from({ length: Math.floor(durationMs / 20) }, (_, index) => {
    const start = index * encoder.frameSamples;
    return encoder.encode(samples.slice(start, start + encoder.frameSamples));
  });
  encoder.close();
  return packets;
}

/** The last packet is on its way when it was sent: a client that hangs up at once would cut it off. */
const LINGER_MS = 100;

/** Publishes packets at the pace of speech; `keep` says which ones are sent. */
export async function speak(
  publisher: Publisher,
  packets: readonly Uint8Array[],
  keep: (index: number) => boolean = () => true,
): Promise<void> {
  const startedMs = performance.now();
  for (const [index, payload] of packets.entries()) {
    const waitMs = startedMs + index * 20 - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (keep(index)) {
      await publisher.send({ sequenceNumber: index, timestamp: index * 960, payload });
    }
  }
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
}
