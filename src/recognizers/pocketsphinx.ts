import { checkNames, checkOneOf, checkRange, EarshotError } from '../errors.js';
import type { UtteranceOptions } from '../speech/utterance-segmenter.js';
import { VoiceActivityDetector, type VoiceActivityOptions } from '../speech/voice-activity.js';
import { tryModel } from './model-trial.js';
import type { PocketSphinxDecoderOptions } from './pocketsphinx-library.js';
import {
  findPocketSphinxModel,
  POCKETSPHINX_INSTALL,
  type PocketSphinxModelOptions,
} from './pocketsphinx-model.js';
import type { PocketSphinxWorkerData } from './pocketsphinx-worker.js';
import type { Recognizer } from './recognizer.js';
import { defaultMaxSessions, WorkerRecognizer } from './worker-recognizer.js';

export interface PocketSphinxOptions extends PocketSphinxModelOptions {
  /** Searches each utterance again at its end: fewer errors, a final 0.1–0.7 s later. @defaultValue 'off' */
  readonly secondPass?: 'off' | 'on';
  /** Sessions at once, 1..256. Each has a thread and 33–105 MB of its own. @defaultValue twice the cores */
  readonly maxSessions?: number;
  /** Audio that may wait for a decoder, 200..60000 ms. @defaultValue 5000 */
  readonly maxBacklogMs?: number;
  /** An utterance is ended after this even while speech goes on, 2000..60000 ms. @defaultValue 20000 */
  readonly maxUtteranceMs?: number;
  readonly voiceActivity?: VoiceActivityOptions;
}

const OPTIONS = [
  'modelFolder',
  'dictionary',
  'languageModel',
  'grammar',
  'keyphrases',
  'secondPass',
  'maxSessions',
  'maxBacklogMs',
  'maxUtteranceMs',
  'voiceActivity',
];
/** What Debian's model was trained on. */
const SAMPLE_RATE_HZ = 16_000;
/** The decoder wants some noise before the first word. */
const LEAD_IN_MS = 300;

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
  const {
    secondPass = 'off',
    maxSessions = defaultMaxSessions(),
    maxBacklogMs = 5000,
    maxUtteranceMs = 20_000,
    voiceActivity = {},
  } = options;
  checkOneOf('secondPass', secondPass, ['off', 'on']);
  checkRange('maxSessions', maxSessions, 1, 256);
  checkRange('maxBacklogMs', maxBacklogMs, 200, 60_000);
  checkRange('maxUtteranceMs', maxUtteranceMs, 2000, 60_000);
  new VoiceActivityDetector(SAMPLE_RATE_HZ, voiceActivity);
  const utterances: UtteranceOptions = { leadInMs: LEAD_IN_MS, maxUtteranceMs, voiceActivity };

  return new WorkerRecognizer({
    name: 'pocketsphinx',
    capabilities: {
      sampleRatesHz: [SAMPLE_RATE_HZ],
      chunkMs: 20,
      acceptsRepair: false,
      words: 'timed',
    },
    workerModule: 'pocketsphinx-worker',
    maxSessions,
    maxBacklogMs,
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
