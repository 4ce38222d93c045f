import { checkNames, checkOneOf, EarshotError } from '../errors.js';
import { tryModel } from './model-trial.js';
import type { PocketSphinxDecoderOptions } from './pocketsphinx-library.js';
import {
  findPocketSphinxModel,
  POCKETSPHINX_INSTALL,
  type PocketSphinxModelOptions,
} from './pocketsphinx-model.js';
import type { PocketSphinxWorkerData } from './pocketsphinx-worker.js';
import type { Recognizer } from './recognizer.js';
import { resolveWorkerOptions, WORKER_OPTIONS, type WorkerOptions } from './worker-options.js';
import { defaultMaxSessions, WorkerRecognizer } from './worker-recognizer.js';

export interface PocketSphinxOptions extends PocketSphinxModelOptions, WorkerOptions {
  /** Searches each utterance again at its end: fewer errors, a final 0.1–0.7 s later. @defaultValue 'off' */
  readonly secondPass?: 'off' | 'on';
  /**
   * Decodes an utterance again at its end where audio of it came late: fewer errors, a final up to 1.5 s later.
   *
   * @defaultValue 'on'
   */
  readonly rewind?: 'off' | 'on';
  /** Sessions at once, 1..256. Each has a thread and 33–105 MB of its own. @defaultValue twice the cores */
  readonly maxSessions?: number;
}

const OPTIONS = [
  'modelFolder',
  'dictionary',
  'languageModel',
  'grammar',
  'keyphrases',
  'secondPass',
  'rewind',
  ...WORKER_OPTIONS,
];

/**
 * Words by PocketSphinx: small, local, from Debian's packages, English unless it is given another model.
 *
 * Library and model are looked for at the first `open`. Files of one's own are first tried in a process of their own,
 * because the library ends its process on a damaged one.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function createPocketSphinxRecognizer(options: PocketSphinxOptions = {}): Recognizer {
  checkNames('pocketsphinx', options, OPTIONS);
  const { secondPass = 'off', rewind = 'on' } = options;
  checkOneOf('secondPass', secondPass, ['off', 'on']);
  checkOneOf('rewind', rewind, ['off', 'on']);
  const { utterances, capabilities, ...settings } = resolveWorkerOptions(
    options,
    defaultMaxSessions(),
  );

  return new WorkerRecognizer({
    name: 'pocketsphinx',
    ...settings,
    capabilities: { ...capabilities, acceptsRepair: rewind === 'on' },
    workerModule: 'pocketsphinx-worker',
    async prepare(sampleRateHz): Promise<PocketSphinxWorkerData> {
      await checkPocketSphinxLibrary();
      const decoder: PocketSphinxDecoderOptions = {
        model: findPocketSphinxModel(options),
        sampleRateHz,
        secondPass,
        log: 'off',
      };
      if (hasFilesOfItsOwn(options)) {
        await tryModel('pocketsphinx', 'pocketsphinx-trial', { ...decoder, log: 'stderr' });
      }
      return { decoder, utterances };
    },
  });
}

/** @throws {EarshotError} `EARSHOT_RECOGNIZER_MISSING` with the line that installs it */
export async function checkPocketSphinxLibrary(): Promise<void> {
  try {
    const { loadPocketSphinx } = await import('./pocketsphinx-library.js');
    loadPocketSphinx();
  } catch (cause) {
    throw new EarshotError(
      'EARSHOT_RECOGNIZER_MISSING',
      `PocketSphinx's library is not there (${cause instanceof Error ? cause.message : cause}). What helps: ${POCKETSPHINX_INSTALL}`,
      { cause },
    );
  }
}

function hasFilesOfItsOwn(options: PocketSphinxModelOptions): boolean {
  const { modelFolder, dictionary, languageModel, grammar, keyphrases } = options;
  return [modelFolder, dictionary, languageModel, grammar, keyphrases].some(
    (file) => file !== undefined,
  );
}
