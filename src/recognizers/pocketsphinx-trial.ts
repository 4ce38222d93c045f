import { PocketSphinxDecoder, type PocketSphinxDecoderOptions } from './pocketsphinx-library.js';

/** Loads the model named in the first argument, feeds it a little silence and ends: see model-trial.ts. */
const options: PocketSphinxDecoderOptions = JSON.parse(process.argv[2] ?? '{}');
const decoder = new PocketSphinxDecoder(options);
decoder.begin();
decoder.feed(new Int16Array(options.sampleRateHz / 5));
decoder.end(1);
decoder.close();
