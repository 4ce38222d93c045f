import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkSherpaOnnxPackage,
  createSherpaOnnxRecognizer,
} from '../../src/recognizers/sherpa-onnx.js';
import { decodingOf } from '../../src/recognizers/sherpa-onnx-library.js';
import { findSherpaOnnxModel } from '../../src/recognizers/sherpa-onnx-model.js';

const CONTEXT = { sampleRateHz: 16_000, language: undefined, signal: undefined } as const;
const root = mkdtempSync(join(tmpdir(), 'earshot-'));
afterAll(() => rmSync(root, { recursive: true }));

function folderWith(name: string, files: readonly string[]): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeFileSync(join(folder, file), 'this is no model');
  return folder;
}

describe('a model folder', () => {
  it('with encoder, decoder and joiner is a transducer, quantised files first', () => {
    const folder = folderWith('transducer', [
      'tokens.txt',
      'encoder-epoch-99-avg-1.onnx',
      'encoder-epoch-99-avg-1.int8.onnx',
      'decoder-epoch-99-avg-1.onnx',
      'joiner-epoch-99-avg-1.onnx',
      'bpe.model',
    ]);

    expect(findSherpaOnnxModel(folder)).toEqual({
      tokens: join(folder, 'tokens.txt'),
      transducer: {
        encoder: join(folder, 'encoder-epoch-99-avg-1.int8.onnx'),
        decoder: join(folder, 'decoder-epoch-99-avg-1.onnx'),
        joiner: join(folder, 'joiner-epoch-99-avg-1.onnx'),
      },
    });
  });

  it.each([
    ['paraformer', ['tokens.txt', 'encoder.onnx', 'decoder.onnx']],
    ['zipformer2Ctc', ['tokens.txt', 'ctc-epoch-20.onnx']],
    ['nemoCtc', ['tokens.txt', 'nemo-ctc.onnx']],
    ['toneCtc', ['tokens.txt', 't-one.onnx']],
  ])('of another layout is %s', (kind, files) => {
    expect(Object.keys(findSherpaOnnxModel(folderWith(kind, files)))).toContain(kind);
  });

  it.each([
    [['encoder.onnx', 'decoder.onnx', 'joiner.onnx'], 'no tokens.txt'],
    [['tokens.txt', 'decoder.onnx', 'joiner.onnx'], 'no encoder*.onnx'],
    [['tokens.txt', 'encoder.onnx', 'joiner.onnx'], 'no decoder*.onnx'],
    [['tokens.txt'], 'no .onnx file'],
    [[], 'is empty'],
  ])('with only %j says that there is %s', (files, lacks) => {
    const folder = folderWith(
      `lacking-${files.length}-${files[0] ?? 'all'}-${files[1] ?? ''}`,
      files,
    );

    expect(() => findSherpaOnnxModel(folder)).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_RECOGNIZER_MISSING',
        message: expect.stringContaining(lacks),
      }),
    );
  });
});

it('joins tokens to words with their times', () => {
  const { text, words } = decodingOf({
    text: ' HELLO WORLD',
    tokens: ['▁HE', 'LLO', '▁WORLD'],
    timestamps: [0.4, 0.52, 1],
  });

  expect(text).toBe('HELLO WORLD');
  expect(words).toEqual([
    { text: 'HELLO', startMs: 400, endMs: 820, confidence: undefined },
    { text: 'WORLD', startMs: 1000, endMs: 1300, confidence: undefined },
  ]);
});

it('needs a model folder and takes known options only', () => {
  expect(() => createSherpaOnnxRecognizer({} as never)).toThrow(/modelFolder/);
  expect(() => createSherpaOnnxRecognizer({ modelFolder: 'x', threads: 2 } as never)).toThrow(
    expect.objectContaining({ code: 'EARSHOT_BAD_OPTION' }),
  );
});

const version = await checkSherpaOnnxPackage().catch(() => undefined);

describe.skipIf(version === undefined)(
  'with the sherpa-onnx-node package (npm install sherpa-onnx-node)',
  () => {
    let folder: string;
    beforeAll(() => {
      folder = folderWith('broken', ['tokens.txt', 'encoder.onnx', 'decoder.onnx', 'joiner.onnx']);
    });

    it('survives a model that makes the library abort, and tells what it said', async () => {
      const recognizer = createSherpaOnnxRecognizer({ modelFolder: folder });

      await expect(recognizer.open(CONTEXT)).rejects.toMatchObject({
        code: 'EARSHOT_RECOGNIZER_FAILED',
        message: expect.stringMatching(/SIGABRT.*failed/),
      });
      await recognizer.close();
    });
  },
);
