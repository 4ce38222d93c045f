import { syntheticSpeech, type TraceSpeech } from '../replay/spoken-trace.js';
import { readWav } from '../replay/wav-reader.js';

/** What `--speech` and `--speech-fec` ask for; undefined leaves the choice to the replay. */
export function readSpeech(
  path: string | undefined,
  fec: 'on' | 'off' | undefined,
): TraceSpeech | undefined {
  if (path !== undefined) return { ...readWav(path), name: path, fec };
  return fec === undefined ? undefined : { ...syntheticSpeech(), fec };
}
