import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AudioFrame } from '../../src/index.js';
import { openCapture, type ReplayEvent, replay, replayEvents } from '../../src/replay/index.js';

const LOSSY = 'fixtures/captures/loss5-fec.pcap';

async function readAll(events: AsyncIterable<ReplayEvent>): Promise<ReplayEvent[]> {
  const all: ReplayEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('the events of a replay', () => {
  it('are its frames, with PCM to keep, and the report that replay gives', async () => {
    const handedOut: AudioFrame[] = [];
    const report = await replay(openCapture(LOSSY), {
      onFrame: (frame) => handedOut.push({ ...frame, pcm: frame.pcm.slice() }),
    });
    const events = await readAll(replayEvents(openCapture(LOSSY)));

    expect(events.at(-1)).toEqual({ type: 'report', report });
    expect(events.slice(0, -1)).toEqual(handedOut.map((frame) => ({ type: 'frame', frame })));
  });

  it('are 10 ms after 10 ms in mode playout', async () => {
    const events = await readAll(replayEvents(openCapture(LOSSY), { mode: 'playout' }));
    const times = events.flatMap((event) => (event.type === 'played' ? [event.atUs] : []));

    expect(times.length).toBe(events.length - 1);
    expect(times.every((atUs, i) => i === 0 || atUs - (times[i - 1] ?? 0) === 10_000)).toBe(true);
  });

  it('come as they are asked for: who stops early ends the replay and leaves no files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'earshot-events-'));
    try {
      const framesPath = join(folder, 'frames.ndjson');
      let frames = 0;
      for await (const event of replayEvents(openCapture(LOSSY), { framesPath })) {
        if (event.type === 'frame' && ++frames === 10) break;
      }
      expect(frames).toBe(10);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('end with the reason of a signal', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(
      readAll(replayEvents(openCapture(LOSSY), { signal: abort.signal })),
    ).rejects.toThrow('enough');
  });
});
