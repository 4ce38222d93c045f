import { expect, it } from 'vitest';
import { createActivityRecognizer } from '../../src/recognizers/activity.js';
import { chunksOf, join, noise } from '../helpers/chunks.js';
import { describeRecognizer, recognize } from './conformance.js';

const SPEECH = join(noise(1000, -70, 1), noise(800, -25, 2), noise(1000, -70, 3));

describeRecognizer('activity', { create: () => createActivityRecognizer(), speech: SPEECH });

it('tells when speech starts and ends, how loud it was, and no words', async () => {
  const recognizer = createActivityRecognizer();
  const session = await recognizer.open({
    sampleRateHz: 16_000,
    language: undefined,
    signal: undefined,
  });

  const hypotheses = await recognize(session, chunksOf(SPEECH));

  expect(hypotheses.map(({ kind }) => kind)).toEqual(['speech-start', 'speech-end']);
  const [start, end] = hypotheses;
  expect(start).toMatchObject({ atMs: expect.closeTo(1000, -1.5) });
  expect(end).toMatchObject({ atMs: expect.closeTo(1800, -1.5) });
  expect(end).toMatchObject({ levelDb: expect.closeTo(-25, -0.5) });
});

it('names the option it does not know', () => {
  expect(() => createActivityRecognizer({ level: 3 } as object)).toThrow(
    expect.objectContaining({ code: 'EARSHOT_BAD_OPTION' }),
  );
});
