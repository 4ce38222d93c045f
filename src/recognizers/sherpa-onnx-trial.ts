import { SherpaOnnxDecoder, type SherpaOnnxDecoderOptions } from './sherpa-onnx-library.js';

/** Loads the model named in the first argument, feeds it a little silence and ends: see model-trial.ts. */
const options: SherpaOnnxDecoderOptions = JSON.parse(process.argv[2] ?? '{}');
const decoder = new SherpaOnnxDecoder(options);
decoder.begin();
decoder.feed(new Int16Array(options.sampleRateHz / 5));
decoder.end();
