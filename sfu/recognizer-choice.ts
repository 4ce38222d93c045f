import { chooseRecognizer, type Recognizer, withStandbySession } from '../src/index.js';
import type { RecognizerChoice } from './config.js';

export interface OpenedRecognizer {
  readonly recognizer: Recognizer;
  /** One line on how to get words; undefined when the recognizer gives them. */
  readonly advice: string | undefined;
  /** Closes what was made here; a recognizer that was handed in stays its owner's. */
  closeRecognizer(): Promise<void>;
}

/**
 * Opens the recognizer of a server with one session in reserve, so that it starts only when words can be had and the
 * first words of a caller do not wait for a model.
 *
 * @throws {EarshotError} `EARSHOT_RECOGNIZER_MISSING`; `EARSHOT_BAD_OPTION`
 */
export async function openRecognizer(
  choice: Recognizer | RecognizerChoice | undefined,
  language: string | undefined,
): Promise<OpenedRecognizer> {
  if (choice !== undefined && 'open' in choice) {
    return { recognizer: choice, advice: undefined, closeRecognizer: async () => undefined };
  }
  const { recognizer, advice } = await chooseRecognizer(choice);
  const sampleRateHz = recognizer.capabilities.sampleRatesHz[0] ?? 16_000;
  try {
    const ready = await withStandbySession(recognizer, { sampleRateHz, language });
    return { recognizer: ready, advice, closeRecognizer: () => ready.close() };
  } catch (error) {
    await recognizer.close();
    throw error;
  }
}
