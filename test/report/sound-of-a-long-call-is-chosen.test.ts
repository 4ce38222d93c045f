import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeptSound, KeptSoundStore, STRETCH_FRAMES } from '../../src/report/kept-sound.js';
import { HeardPlaces } from '../../src/report/page/heard-places.js';

const PACKET = new Uint8Array(10).fill(7);
const STRETCH_BYTES: number = STRETCH_FRAMES * PACKET.length;

/** Sound of so many stretches with room for some; trouble is told as the frame comes. */
function keep(
  stretches: number,
  room: number,
  troubleAtFrame: ReadonlyMap<number, number>,
): KeptSound {
  const store = new KeptSoundStore(room * STRETCH_BYTES);
  for (let frame = 0; frame < stretches * STRETCH_FRAMES; frame++) {
    const troubleMs = troubleAtFrame.get(frame);
    if (troubleMs !== undefined) store.mark(frame, frame + 1, troubleMs);
    store.add('first', frame, PACKET);
  }
  return store.finish();
}

/** Indices of the stretches that are there. */
function kept({ first }: KeptSound): number[] {
  return first.segments.flatMap(({ place, packets }) =>
    Array.from({ length: packets / STRETCH_FRAMES }, (_, at) => place / STRETCH_FRAMES + at),
  );
}

describe('the sound of a call that is too long for a page', () => {
  it('is whole while there is room', () => {
    const sound = keep(8, 8, new Map());
    expect(sound.first.segments).toEqual([{ place: 0, packets: 8 * STRETCH_FRAMES }]);
    expect(sound.leftOutFrames).toBe(0);
  });

  it('is left with pieces all along where nothing went wrong', () => {
    const sound = keep(64, 18, new Map());
    const own = kept(sound);
    // Every fourth and the two last, which may still get into trouble, but for what room was made for at once.
    expect(own.filter((index) => index < 62).every((index) => index % 4 === 0)).toBe(true);
    for (const [at, index] of own.entries()) {
      expect(index - (own[at - 1] ?? 0)).toBeLessThanOrEqual(8);
    }
    expect(own.length + sound.leftOutFrames / STRETCH_FRAMES).toBe(64);
    expect(own.length).toBeGreaterThan(18 * (7 / 8) - 1);
  });

  it('keeps the worst places to the last, whichever they are (property)', () => {
    const worst = fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(worst, fc.integer({ min: 10, max: 40 }), (indices, room) => {
        const trouble = new Map(indices.map((index) => [index * STRETCH_FRAMES + 50, 20]));
        const sound = keep(100, room, trouble);
        expect(kept(sound)).toEqual(expect.arrayContaining(indices));
        expect(sound.first.bytes.length).toBeLessThanOrEqual(room * STRETCH_BYTES);
        expect(sound.first.lengths.length + sound.leftOutFrames).toBe(100 * STRETCH_FRAMES);
      }),
      { seed: 5, numRuns: 40 },
    );
  });

  it('prefers what is worse where everything is bad', () => {
    const trouble = new Map(
      Array.from({ length: 60 }, (_, index) => [index * STRETCH_FRAMES, 20 + (index % 5) * 20]),
    );
    const own = kept(keep(60, 14, trouble));
    // All but those that came since room was made the last time.
    const worst = own.filter((index) => index % 5 === 4);
    expect(worst.length).toBeGreaterThanOrEqual(14 * (7 / 8) - 3);
    expect(own.filter((index) => index < 50)).toEqual(worst.filter((index) => index < 50));
  });

  it('keeps both versions of a stretch or neither', () => {
    const store = new KeptSoundStore(10 * STRETCH_BYTES);
    for (let frame = 0; frame < 40 * STRETCH_FRAMES; frame++) {
      store.add('first', frame, PACKET);
      if (frame % STRETCH_FRAMES < 3) store.add('repaired', frame, PACKET);
    }
    const { first, repaired } = store.finish();
    const starts = kept({ first, repaired, leftOutFrames: 0 }).map(
      (index) => index * STRETCH_FRAMES,
    );
    expect(repaired.segments).toEqual(starts.map((place) => ({ place, packets: 3 })));
  });

  it('is bounded when a hostile time line leaps with every packet', () => {
    const store = new KeptSoundStore(1e9);
    for (let leap = 0; leap < 20_000; leap++) store.add('first', leap * STRETCH_FRAMES * 7, PACKET);
    const { first, leftOutFrames } = store.finish();
    expect(first.segments.length).toBeLessThanOrEqual(4096);
    expect(first.segments.length + leftOutFrames).toBe(20_000);
  });
});

describe('places that can be heard', () => {
  const audio = (leftOutMs: number): ConstructorParameters<typeof HeardPlaces>[0] => ({
    durationMs: 100_000,
    audio: {
      bitrateBps: 6000,
      frameMs: 60,
      leftOutMs,
      first: {
        segments: [
          { place: 100, packets: 100 },
          { place: 1000, packets: 200 },
        ],
        lengths: '',
      },
      repaired: { segments: [], lengths: '' },
    },
  });

  it('are all of a call of which nothing was left out, holes with it', () => {
    expect(new HeardPlaces(audio(0)).stretches).toEqual([{ fromMs: 0, toMs: 100_000 }]);
  });

  it('are found from where one is, and after it', () => {
    const heard = new HeardPlaces(audio(1000));
    expect(heard.nearest(0)).toEqual({ fromMs: 6000, toMs: 12_000 });
    expect(heard.nearest(11_999)).toEqual({ fromMs: 6000, toMs: 12_000 });
    expect(heard.nearest(12_000)).toEqual({ fromMs: 60_000, toMs: 72_000 });
    expect(heard.nearest(99_000)).toEqual({ fromMs: 60_000, toMs: 72_000 });
    expect(
      [5000, 11_500, 12_000, 59_500, 71_999, 72_000].map((at) => heard.hasSound(at, at + 600)),
    ).toEqual([false, true, false, true, true, false]);
  });
});
