import { syntheticSpeech, type TraceSpeech } from '../replay/spoken-trace.js';
import { readWav } from '../replay/wav-reader.js';
import { readChoice } from './flags.js';
import { checkIsFile } from './input-file.js';

/** Flags of every command that plays captures, for those that hold headers alone. */
export const SPEECH_FLAGS = {
  speech: { type: 'string' },
  'speech-fec': { type: 'string' },
} as const;

export const SPEECH_FLAGS_HELP = `  --speech <file>      WAV that is spoken in packets whose payload was not captured, over and over [a synthetic voice]
  --speech-fec <how>   on or off: whether those packets hold copies of the one before      [off]
`;

/**
 * What is to be spoken; undefined leaves the choice to the replay.
 *
 * @throws {UsageError} unless `--speech-fec` is on or off; `EarshotError` `EARSHOT_BAD_CAPTURE` for no WAV
 */
export function readSpeech(values: {
  readonly speech?: string | undefined;
  readonly 'speech-fec'?: string | undefined;
}): TraceSpeech | undefined {
  const { speech: path } = values;
  const fec = readChoice('--speech-fec', values['speech-fec'], ['on', 'off']);
  if (path !== undefined) {
    checkIsFile(path);
    return { ...readWav(path), name: path, fec };
  }
  return fec === undefined ? undefined : { ...syntheticSpeech(), fec };
}
