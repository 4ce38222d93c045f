import { checkNames, checkOneOf, EarshotError } from '../errors.js';
import { type ActivityOptions, createActivityRecognizer } from './activity.js';
import {
  checkPocketSphinxLibrary,
  createPocketSphinxRecognizer,
  type PocketSphinxOptions,
} from './pocketsphinx.js';
import { findPocketSphinxModel, POCKETSPHINX_INSTALL } from './pocketsphinx-model.js';
import type { Recognizer } from './recognizer.js';
import {
  checkSherpaOnnxPackage,
  createSherpaOnnxRecognizer,
  type SherpaOnnxOptions,
} from './sherpa-onnx.js';
import { findSherpaOnnxModel } from './sherpa-onnx-model.js';

/** What is found of a recognizer on this machine. */
export interface RecognizerProbe {
  readonly name: 'pocketsphinx' | 'sherpa-onnx' | 'activity';
  readonly available: boolean;
  /** Version of library or package where it tells one. */
  readonly version: string | undefined;
  /** The model that would be used. */
  readonly modelPath: string | undefined;
  /** Why it cannot be used and the command or option that helps, one line; undefined when it is available. */
  readonly missing: string | undefined;
}

/** `auto`: sherpa-onnx when a model folder of it is given, else PocketSphinx when it is found, else activity. */
export type RecognizerName = 'auto' | RecognizerProbe['name'];

/** Options of the recognizer that is named; with `auto` those of sherpa-onnx or of PocketSphinx. */
export interface RecognizerChoice {
  /** @defaultValue 'auto' */
  readonly name?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface ChosenRecognizer {
  readonly recognizer: Recognizer;
  /** One line on how to get words; undefined when the recognizer gives them. */
  readonly advice: string | undefined;
}

const NAMES: readonly RecognizerName[] = ['auto', 'pocketsphinx', 'sherpa-onnx', 'activity'];
const ADVICE = `Only speech activity is told, no words. To get words: ${POCKETSPHINX_INSTALL}`;

/**
 * Picks a recognizer by name, or the best one found.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`; `EARSHOT_RECOGNIZER_MISSING` when one is named that cannot be used, with
 *   what helps
 */
export async function chooseRecognizer(choice: RecognizerChoice = {}): Promise<ChosenRecognizer> {
  checkNames('recognizer', choice, ['name', 'options']);
  const { name = 'auto', options = {} } = choice;
  checkOneOf('recognizer', name, NAMES);
  switch (name) {
    case 'auto':
      return chooseBest(options);
    case 'activity':
      return { recognizer: createActivityRecognizer(options as ActivityOptions), advice: ADVICE };
    case 'pocketsphinx':
      return required(createPocketSphinxRecognizer(options), await probePocketSphinx(options));
    case 'sherpa-onnx': {
      const recognizer = createSherpaOnnxRecognizer(options as unknown as SherpaOnnxOptions);
      return required(recognizer, await probeSherpaOnnx(options.modelFolder));
    }
  }
  throw new EarshotError('EARSHOT_BAD_OPTION', `Unknown recognizer ${name}`);
}

/** Looks for every recognizer; nothing is loaded that could take the process along. */
export async function probeRecognizers(
  choice: RecognizerChoice = {},
): Promise<readonly RecognizerProbe[]> {
  const { options = {} } = choice;
  return [
    await probePocketSphinx(isSherpaOnnxFolder(options.modelFolder) ? {} : options),
    await probeSherpaOnnx(options.modelFolder),
    {
      name: 'activity',
      available: true,
      version: undefined,
      modelPath: undefined,
      missing: undefined,
    },
  ];
}

async function chooseBest(options: Readonly<Record<string, unknown>>): Promise<ChosenRecognizer> {
  if (isSherpaOnnxFolder(options.modelFolder)) {
    return chooseRecognizer({ name: 'sherpa-onnx', options });
  }
  // Files that somebody gave are meant to be used: without them is an error, not a reason for less.
  if (Object.keys(options).length > 0) return chooseRecognizer({ name: 'pocketsphinx', options });
  const { available } = await probePocketSphinx({});
  return chooseRecognizer({ name: available ? 'pocketsphinx' : 'activity' });
}

async function probePocketSphinx(options: PocketSphinxOptions): Promise<RecognizerProbe> {
  const name = 'pocketsphinx';
  try {
    await checkPocketSphinxLibrary();
    const { acousticModel } = findPocketSphinxModel(options);
    return {
      name,
      available: true,
      version: '0.8 (libpocketsphinx.so.3)',
      modelPath: acousticModel,
      missing: undefined,
    };
  } catch (error) {
    return unavailable(name, error, undefined);
  }
}

async function probeSherpaOnnx(modelFolder: unknown): Promise<RecognizerProbe> {
  const name = 'sherpa-onnx';
  let version: string | undefined;
  try {
    version = await checkSherpaOnnxPackage();
    if (typeof modelFolder !== 'string') {
      throw new EarshotError(
        'EARSHOT_RECOGNIZER_MISSING',
        `sherpa-onnx-node ${version} is installed, without a model. What helps: give modelFolder the folder of a streaming model`,
      );
    }
    findSherpaOnnxModel(modelFolder);
    return { name, available: true, version, modelPath: modelFolder, missing: undefined };
  } catch (error) {
    return unavailable(name, error, version);
  }
}

function unavailable(
  name: RecognizerProbe['name'],
  error: unknown,
  version: string | undefined,
): RecognizerProbe {
  if (!(error instanceof EarshotError)) throw error;
  return { name, available: false, version, modelPath: undefined, missing: error.message };
}

function required(recognizer: Recognizer, probe: RecognizerProbe): ChosenRecognizer {
  if (probe.missing === undefined) return { recognizer, advice: undefined };
  throw new EarshotError('EARSHOT_RECOGNIZER_MISSING', probe.missing);
}

function isSherpaOnnxFolder(modelFolder: unknown): boolean {
  if (typeof modelFolder !== 'string') return false;
  try {
    findSherpaOnnxModel(modelFolder);
    return true;
  } catch (error) {
    if (error instanceof EarshotError) return false;
    throw error;
  }
}
