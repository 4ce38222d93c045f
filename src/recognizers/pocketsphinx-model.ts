import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../errors.js';

/** Files of one's own instead of Debian's model of US English; each is a path. */
export interface PocketSphinxModelOptions {
  /** Folder with an acoustic model (a folder with `mdef`), a `.dict` and a language model. @defaultValue Debian's */
  readonly modelFolder?: string;
  /** Pronouncing dictionary. @defaultValue the one in `modelFolder` */
  readonly dictionary?: string;
  /** N-gram model, ARPA or binary. @defaultValue the one in `modelFolder` */
  readonly languageModel?: string;
  /** JSGF grammar, instead of a language model. */
  readonly grammar?: string;
  /** Phrases to spot, one a line with `/threshold/`, instead of a language model. */
  readonly keyphrases?: string;
}

/** What a decoder is given. */
export interface PocketSphinxModel {
  readonly acousticModel: string;
  readonly dictionary: string;
  readonly search: {
    readonly kind: 'languageModel' | 'grammar' | 'keyphrases';
    readonly file: string;
  };
}

export const POCKETSPHINX_INSTALL = 'sudo apt-get install -y libpocketsphinx3 pocketsphinx-en-us';
const DEBIAN_MODEL = '/usr/share/pocketsphinx/model/en-us';
const SEARCHES = ['languageModel', 'grammar', 'keyphrases'] as const;

/**
 * Finds the files of a model.
 *
 * @throws {EarshotError} `EARSHOT_RECOGNIZER_MISSING` naming the file and what helps; `EARSHOT_BAD_OPTION` when more
 *   than one of languageModel, grammar and keyphrases is given
 */
export function findPocketSphinxModel(options: PocketSphinxModelOptions): PocketSphinxModel {
  const { modelFolder = DEBIAN_MODEL } = options;
  const given = SEARCHES.filter((kind) => options[kind] !== undefined);
  if (given.length > 1) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected one of ${SEARCHES.join(', ')}, got ${given.join(' and ')}`,
    );
  }
  const kind = given[0] ?? 'languageModel';
  const names = existsSync(modelFolder) ? readdirSync(modelFolder).sort() : [];
  const acousticModel = [modelFolder, ...names.map((name) => join(modelFolder, name))].find(
    (folder) => existsSync(join(folder, 'mdef')),
  );
  const dictionary = options.dictionary ?? inFolder(modelFolder, names, /\.dict$/);
  const file = options[kind] ?? inFolder(modelFolder, names, /^(?!.*phone).*\.(lm\.bin|lm|arpa)$/);
  return {
    acousticModel: present(acousticModel, 'an acoustic model (a folder with mdef)', modelFolder),
    dictionary: present(dictionary, 'a dictionary (.dict)', modelFolder),
    search: { kind, file: present(file, 'a language model (.lm.bin, .lm or .arpa)', modelFolder) },
  };
}

function inFolder(folder: string, names: readonly string[], wanted: RegExp): string | undefined {
  const name = names.find((one) => wanted.test(one));
  return name === undefined ? undefined : join(folder, name);
}

function present(file: string | undefined, what: string, modelFolder: string): string {
  if (file !== undefined && existsSync(file)) return file;
  const help =
    modelFolder === DEBIAN_MODEL && file === undefined
      ? POCKETSPHINX_INSTALL
      : 'give the path of one that is there';
  throw new EarshotError(
    'EARSHOT_RECOGNIZER_MISSING',
    `PocketSphinx has no ${file ?? `${what} in ${modelFolder}`}. What helps: ${help}`,
  );
}
