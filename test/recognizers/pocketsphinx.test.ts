import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { probeRecognizers } from '../../src/recognizers/choose-recognizer.js';
import {
  createPocketSphinxRecognizer,
  type PocketSphinxOptions,
} from '../../src/recognizers/pocketsphinx.js';
import type { Hypothesis } from '../../src/recognizers/recognizer.js';
import { fixtureCall, wordErrors, wordsOf } from '../helpers/call.js';
import { chunksOf } from '../helpers/chunks.js';
import { describeRecognizer, finalsOf, recognize } from './conformance.js';

const [probe] = await probeRecognizers();
const call = fixtureCall();
const CONTEXT = { sampleRateHz: 16_000, language: undefined, signal: undefined } as const;

describe.skipIf(probe?.available !== true)(
  `pocketsphinx (where it is installed: ${probe?.missing ?? 'here'})`,
  () => {
    const folder = mkdtempSync(joinPath(tmpdir(), 'earshot-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const [prompt] = call.prompts;
    const promptPcm = call.pcm.slice(
      16 * ((prompt?.startMs ?? 0) - 800),
      16 * ((prompt?.endMs ?? 0) + 800),
    );

    describeRecognizer('pocketsphinx', {
      create: () => createPocketSphinxRecognizer(),
      speech: promptPcm,
    });

    async function hear(options: PocketSphinxOptions): Promise<readonly Hypothesis[]> {
      const recognizer = createPocketSphinxRecognizer(options);
      try {
        return await recognize(await recognizer.open(CONTEXT), chunksOf(call.pcm));
      } finally {
        await recognizer.close();
      }
    }

    it('writes the words of a call, each at the time it was spoken', {
      timeout: 60_000,
    }, async () => {
      const hypotheses = await hear({ languageModel: call.lm });

      const finals = finalsOf(hypotheses);
      expect(finals).toHaveLength(call.prompts.length);
      const truth = call.prompts.flatMap(({ text }) => wordsOf(text));
      const heard = finals.flatMap(({ text }) => wordsOf(text));
      // A closed language model: 8 % over the 45 prompts these eight are of.
      expect(wordErrors(truth, heard) / truth.length).toBeLessThanOrEqual(0.15);
      for (const [index, { startMs, endMs }] of call.prompts.entries()) {
        const words = finals[index]?.words ?? [];
        expect(Math.abs((words[0]?.startMs ?? 0) - startMs)).toBeLessThan(400);
        expect(Math.abs((words.at(-1)?.endMs ?? 0) - endMs)).toBeLessThan(600);
        for (const { confidence } of words) {
          expect(confidence).toBeGreaterThanOrEqual(0);
          expect(confidence).toBeLessThanOrEqual(1);
        }
      }
      expect(finals.every(({ alternatives }) => alternatives.length > 0)).toBe(true);
      expect(hypotheses.some(({ kind }) => kind === 'partial')).toBe(true);
    });

    it('follows a grammar', { timeout: 60_000 }, async () => {
      const grammar = joinPath(folder, 'prompts.gram');
      const sentences = call.prompts.map(({ text }) => wordsOf(text).join(' '));
      writeFileSync(
        grammar,
        `#JSGF V1.0;\ngrammar prompts;\npublic <prompt> = ${sentences.join(' | ')};\n`,
      );

      const hypotheses = await hear({ grammar });

      const finals = finalsOf(hypotheses).map(({ text }) => text);
      expect(finals.filter((text) => sentences.includes(text)).length).toBeGreaterThanOrEqual(6);
    });

    it('ends an utterance that will not end, and goes on with the next', async () => {
      const recognizer = createPocketSphinxRecognizer({ maxUtteranceMs: 2000 });
      const long = call.pcm.slice(16 * 1500, 16 * 7500);

      const hypotheses = await recognize(await recognizer.open(CONTEXT), chunksOf(long));

      await recognizer.close();
      const finals = finalsOf(hypotheses);
      expect(finals.length).toBeGreaterThanOrEqual(3);
      for (const { startMs, endMs } of finals) expect(endMs - startMs).toBeLessThanOrEqual(2020);
    });

    it('serves no more sessions than it was told to', async () => {
      const recognizer = createPocketSphinxRecognizer({ maxSessions: 1 });
      const session = await recognizer.open(CONTEXT);

      await expect(recognizer.open(CONTEXT)).rejects.toMatchObject({
        code: 'EARSHOT_LIMIT_REACHED',
      });
      await session.close();
      await expect(recognizer.open(CONTEXT)).resolves.toBeDefined();
      await recognizer.close();
    });

    it('refuses a rate it was not trained on', async () => {
      const recognizer = createPocketSphinxRecognizer();

      await expect(recognizer.open({ ...CONTEXT, sampleRateHz: 48_000 })).rejects.toMatchObject({
        code: 'EARSHOT_BAD_OPTION',
      });
    });

    it('survives a model that crashes the library, and says so', async () => {
      const good = probe?.modelPath ?? '';
      for (const name of readdirSync(good))
        copyFileSync(joinPath(good, name), joinPath(folder, name));
      writeFileSync(
        joinPath(folder, 'mdef'),
        readFileSync(joinPath(good, 'mdef')).subarray(0, 100_000),
      );
      copyFileSync(joinPath(good, '..', 'cmudict-en-us.dict'), joinPath(folder, 'words.dict'));
      const recognizer = createPocketSphinxRecognizer({
        modelFolder: folder,
        languageModel: call.lm,
      });

      await expect(recognizer.open(CONTEXT)).rejects.toMatchObject({
        code: 'EARSHOT_RECOGNIZER_FAILED',
      });
    });

    it('tells what is wrong with a language model that is none', async () => {
      const file = joinPath(folder, 'not.arpa');
      writeFileSync(file, 'hello');
      const recognizer = createPocketSphinxRecognizer({ languageModel: file });

      await expect(recognizer.open(CONTEXT)).rejects.toThrow(/cannot load its model .*:.*\S/);
    });
  },
);

it('names the file that is not there', async () => {
  const recognizer = createPocketSphinxRecognizer({ dictionary: '/nowhere/words.dict' });

  await expect(recognizer.open(CONTEXT)).rejects.toMatchObject({
    code: 'EARSHOT_RECOGNIZER_MISSING',
  });
});

it('takes one kind of search at a time and known options only', async () => {
  const two = createPocketSphinxRecognizer({ grammar: 'a', keyphrases: 'b' });
  await expect(two.open(CONTEXT)).rejects.toMatchObject({
    code: expect.stringMatching(/EARSHOT_BAD_OPTION|EARSHOT_RECOGNIZER_MISSING/),
  });
  expect(() => createPocketSphinxRecognizer({ model: 'x' } as object)).toThrow(
    expect.objectContaining({ code: 'EARSHOT_BAD_OPTION' }),
  );
  expect(() => createPocketSphinxRecognizer({ maxSessions: 0 })).toThrow(/1\.\.256, got 0/);
});
