import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listStreams, openCapture, replay } from '../../src/replay/index.js';

const RECORDINGS = resolve(import.meta.dirname, '../../fixtures/recordings');
const LOG = resolve(RECORDINGS, 'chromium-event.log');

interface InboundRtp {
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Payloads alone: no headers and no padding. */
  readonly bytesReceived: number;
}

/** What the same peer's getStats() said when the last packet had come. */
function counted(kind: 'audio' | 'video'): InboundRtp {
  const file = resolve(RECORDINGS, 'chromium-getstats.json');
  const { counted }: { counted: InboundRtp[] } = JSON.parse(readFileSync(file, 'utf8'));
  const found = counted.find((stats) => stats.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} was counted`);
  return found;
}

describe('the event log that Chromium 156 wrote of a call', () => {
  it('has the packets, the loss and the payload bytes that its getStats() counted', () => {
    const { ssrc, packetsReceived, packetsLost, bytesReceived } = counted('audio');
    const capture = openCapture(LOG);
    const { streams } = listStreams(capture);

    expect(capture.format).toBe('rtc-event-log');
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({
      ssrc,
      packets: packetsReceived,
      lost: packetsLost,
      payloadBytes: bytesReceived,
      duplicates: 0,
    });
  });

  it('has its video left out, packet by packet', () => {
    const capture = openCapture(LOG);
    expect([...capture]).not.toEqual([]);
    expect(capture.counts.skipped.video).toBe(counted('video').packetsReceived);
  });

  it('tells when packets came: 20 ms apart, but for those that were held back 45 ms', () => {
    const { jitterMs, reordered, durationMs } = stream();
    expect(durationMs).toBeGreaterThan(11_900);
    expect(durationMs).toBeLessThan(12_100);
    expect(reordered).toBeGreaterThan(5);
    expect(jitterMs?.max).toBeGreaterThan(5);
    expect(jitterMs?.max).toBeLessThan(45);
  });

  it('is given speech and played', async () => {
    const { packetsReceived, packetsLost } = counted('audio');
    const { packets } = await replay(openCapture(LOG));
    expect(packets).toMatchObject({ received: packetsReceived, lost: packetsLost });
  });
});

function stream() {
  const [only] = listStreams(openCapture(LOG)).streams;
  if (only === undefined) throw new Error('no stream');
  return only;
}
