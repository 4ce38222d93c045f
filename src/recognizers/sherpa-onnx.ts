import { availableParallelism } from 'node:os';
import { checkNames, checkRange, EarshotError } from '../errors.js';
import { tryModel } from './model-trial.js';
import type { Recognizer } from './recognizer.js';
import type { SherpaOnnxDecoderOptions } from './sherpa-onnx-library.js';
import { findSherpaOnnxModel } from './sherpa-onnx-model.js';
import type { SherpaOnnxWorkerData } from './sherpa-onnx-worker.js';
import { resolveWorkerOptions, WORKER_OPTIONS, type WorkerOptions } from './worker-options.js';
import { WorkerRecognizer } from './worker-recognizer.js';

export interface SherpaOnnxOptions extends WorkerOptions {
  /** Unpacked folder of a streaming model: `tokens.txt` and its `.onnx` files. */
  readonly modelFolder: string;
  /** Threads of one decoder, 1..16. @defaultValue 1 */
  readonly numThreads?: number;
  /** Sessions at once, 1..256. Each has a thread and a copy of the model. @defaultValue the number of cores */
  readonly maxSessions?: number;
}

export const SHERPA_ONNX_INSTALL = 'npm install sherpa-onnx-node';
const OPTIONS = ['modelFolder', 'numThreads', ...WORKER_OPTIONS];

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
  const { modelFolder, numThreads = 1 } = options;
  if (typeof modelFolder !== 'string' || modelFolder === '') {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      'sherpa-onnx needs modelFolder, the path of a model',
    );
  }
  checkRange('numThreads', numThreads, 1, 16);
  const { utterances, ...settings } = resolveWorkerOptions(options, availableParallelism());

  return new WorkerRecognizer({
    name: 'sherpa-onnx',
    ...settings,
    workerModule: 'sherpa-onnx-worker',
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
