import { EarshotError } from '../errors.js';
import {
  chooseRecognizer,
  probeRecognizers,
  type RecognizerChoice,
  type RecognizerProbe,
} from '../recognizers/choose-recognizer.js';
import type { Finding } from './doctor-finding.js';

/** How the errors of recognizers set apart what is wrong from what to do. */
const HELP_MARK = /\.? What helps: /;

/** Looks for every recognizer, and whether `earshot serve` could start with the one its settings name. */
export async function examineRecognizers(): Promise<readonly Finding[]> {
  try {
    const choice = await choiceOfSettings();
    return (await probeRecognizers(choice)).map(findingOf);
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    const probes = await probeRecognizers();
    return [settingsFailed(error), ...probes.map(findingOf)];
  }
}

/** @throws {EarshotError} when `earshot serve`, started in this shell, would refuse its variables or its file */
async function choiceOfSettings(): Promise<RecognizerChoice> {
  const { readSfuOptions } = await import('../../sfu/index.js');
  const { recognizer: choice = {} } = readSfuOptions(process.env);
  if ('open' in choice) return {};
  const { recognizer } = await chooseRecognizer(choice);
  await recognizer.close();
  return choice;
}

function settingsFailed({ code, message }: EarshotError): Finding {
  const [found = message, help] = message.split(HELP_MARK);
  return {
    name: 'settings',
    state: 'failed',
    found,
    help: help ?? 'correct that EARSHOT_ variable, or the file that EARSHOT_CONFIG names',
    facts: { code },
  };
}

function findingOf({ name, version, modelPath, missing }: RecognizerProbe): Finding {
  const facts = { version: version ?? null, modelPath: modelPath ?? null };
  if (missing !== undefined) {
    const [found = missing, help] = missing.split(HELP_MARK);
    return { name, state: 'absent', found, ...(help === undefined ? {} : { help }), facts };
  }
  const found =
    modelPath === undefined
      ? 'built in; tells speech from silence, no words'
      : [version, `model ${modelPath}`].filter((part) => part !== undefined).join(', ');
  return { name, state: 'ok', found, facts };
}
