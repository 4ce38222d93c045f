import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../errors.js';

/** The part of sherpa-onnx's `OnlineRecognizerConfig` that tells the model. */
export type SherpaOnnxModel = { readonly tokens: string } & (
  | {
      readonly transducer: {
        readonly encoder: string;
        readonly decoder: string;
        readonly joiner: string;
      };
    }
  | { readonly paraformer: { readonly encoder: string; readonly decoder: string } }
  | { readonly zipformer2Ctc: { readonly model: string } }
  | { readonly nemoCtc: { readonly model: string } }
  | { readonly toneCtc: { readonly model: string } }
);

/**
 * Finds a streaming model in a folder as sherpa-onnx's releases lay it out.
 *
 * `tokens.txt` and `encoder*`, `decoder*`, `joiner*` are a transducer; without `joiner*` a paraformer; `tokens.txt` and
 * one other file a CTC model (NeMo's or T-one's when its name says so, else Zipformer2's). Quantised (`.int8.onnx`) files are
 * taken where there are both.
 *
 * @throws {EarshotError} `EARSHOT_RECOGNIZER_MISSING` naming what the folder lacks
 */
export function findSherpaOnnxModel(modelFolder: string): SherpaOnnxModel {
  const names = existsSync(modelFolder) ? readdirSync(modelFolder).sort() : [];
  if (names.length === 0) throw missing(`${modelFolder} is not there or is empty`);
  const tokens = join(modelFolder, 'tokens.txt');
  if (!names.includes('tokens.txt')) throw missing(`${modelFolder} has no tokens.txt`);
  const onnx = names.filter((name) => name.endsWith('.onnx'));
  const find = (part: string): string | undefined => {
    const candidates = onnx.filter((name) => name.toLowerCase().includes(part));
    const name = candidates.find((one) => one.endsWith('.int8.onnx')) ?? candidates[0];
    return name === undefined ? undefined : join(modelFolder, name);
  };

  const [encoder, decoder, joiner] = [find('encoder'), find('decoder'), find('joiner')];
  if (encoder !== undefined && decoder !== undefined) {
    return joiner === undefined
      ? { tokens, paraformer: { encoder, decoder } }
      : { tokens, transducer: { encoder, decoder, joiner } };
  }
  if (encoder !== undefined || decoder !== undefined || joiner !== undefined) {
    const lacks = encoder === undefined ? 'encoder*.onnx' : 'decoder*.onnx';
    throw missing(`${modelFolder} has no ${lacks}`);
  }
  const model = find('');
  if (model === undefined) throw missing(`${modelFolder} has no .onnx file`);
  if (/nemo/i.test(model)) return { tokens, nemoCtc: { model } };
  if (/t-?one/i.test(model)) return { tokens, toneCtc: { model } };
  return { tokens, zipformer2Ctc: { model } };
}

function missing(what: string): EarshotError {
  return new EarshotError(
    'EARSHOT_RECOGNIZER_MISSING',
    `${what}. What helps: give modelFolder the unpacked folder of a streaming model of sherpa-onnx`,
  );
}
