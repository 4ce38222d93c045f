import { availableParallelism } from 'node:os';
import { checkNames, checkRange, EarshotError } from '../errors.js';
import type { UtteranceOptions } from '../speech/utterance-segmenter.js';
import { VoiceActivityDetector, type VoiceActivityOptions } from '../speech/voice-activity.js';
import { tryModel } from './model-trial.js';
import type { Recognizer } from './recognizer.js';
import type { SherpaOnnxDecoderOptions } from './sherpa-onnx-library.js';
import { findSherpaOnnxModel } from './sherpa-onnx-model.js';
import type { SherpaOnnxWorkerData } from './sherpa-onnx-worker.js';
import { WorkerRecognizer } from './worker-recognizer.js';

export interface SherpaOnnxOptions {
  /** Unpacked folder of a streaming model: `tokens.txt` and its `.onnx` files. */
  readonly modelFolder: string;
  /** Threads of one decoder, 1..16. @defaultValue 1 */
  readonly numThreads?: number;
  /** Sessions at once, 1..256. Each has a thread and a copy of the model. @defaultValue the number of cores */
  readonly maxSessions?: number;
  /** Audio that may wait for a decoder, 200..60000 ms. @defaultValue 5000 */
  readonly maxBacklogMs?: number;
  /** An utterance is ended after this even while speech goes on, 2000..60000 ms. @defaultValue 20000 */
  readonly maxUtteranceMs?: number;
  readonly voiceActivity?: VoiceActivityOptions;
}

export const SHERPA_ONNX_INSTALL = 'npm install sherpa-onnx-node';
const OPTIONS = [
  'modelFolder',
  'numThreads',
  'maxSessions',
  'maxBacklogMs',
  'maxUtteranceMs',
  'voiceActivity',
];
const SAMPLE_RATE_HZ = 16_000;
const LEAD_IN_MS = 300;

/**
 * Words by a streaming model of sherpa-onnx, in process, from a folder the user brings; the package is optional.
 *
 * Package and model are looked for at the first `open`. The model is first tried in a process of its own, because the
 * library ends its process on a damaged or a wrong one.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function createSherpaOnnxRecognizer(options: SherpaOnnxOptions): Recognizer {
  checkNames('sherpa-onnx', options, OPTIONS);
  const {
    modelFolder,
    numThreads = 1,
    maxSessions = availableParallelism(),
    maxBacklogMs = 5000,
    maxUtteranceMs = 20_000,
    voiceActivity = {},
  } = options;
  if (typeof modelFolder !== 'string' || modelFolder === '') {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      'sherpa-onnx needs modelFolder, the path of a model',
    );
  }
  checkRange('numThreads', numThreads, 1, 16);
  checkRange('maxSessions', maxSessions, 1, 256);
  checkRange('maxBacklogMs', maxBacklogMs, 200, 60_000);
  checkRange('maxUtteranceMs', maxUtteranceMs, 2000, 60_000);
  new VoiceActivityDetector(SAMPLE_RATE_HZ, voiceActivity);
  const utterances: UtteranceOptions = { leadInMs: LEAD_IN_MS, maxUtteranceMs, voiceActivity };

  return new WorkerRecognizer({
    name: 'sherpa-onnx',
    capabilities: {
      sampleRatesHz: [SAMPLE_RATE_HZ],
      chunkMs: 20,
      acceptsRepair: false,
      words: 'timed',
    },
    workerModule: 'sherpa-onnx-worker',
    maxSessions,
    maxBacklogMs,
    async prepare(sampleRateHz): Promise<SherpaOnnxWorkerData> {
      await checkSherpaOnnxPackage();
      const model = findSherpaOnnxModel(modelFolder);
      const decoder: SherpaOnnxDecoderOptions = { model, sampleRateHz, numThreads };
      await tryModel('sherpa-onnx', 'sherpa-onnx-trial', decoder);
      return { decoder, utterances };
    },
  });
}

/**
 * @returns the package's version
 * @throws {EarshotError} `EARSHOT_RECOGNIZER_MISSING` with the line that installs it
 */
export async function checkSherpaOnnxPackage(): Promise<string> {
  try {
    const { loadSherpaOnnx } = await import('./sherpa-onnx-library.js');
    return loadSherpaOnnx().version;
  } catch (cause) {
    const [reason] = String(cause instanceof Error ? cause.message : cause).split('\n');
    throw new EarshotError(
      'EARSHOT_RECOGNIZER_MISSING',
      `sherpa-onnx-node cannot be loaded (${reason}). What helps: ${SHERPA_ONNX_INSTALL}`,
      { cause },
    );
  }
}
