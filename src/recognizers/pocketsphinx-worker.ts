import { workerData } from 'node:worker_threads';
import type { UtteranceOptions } from '../speech/utterance-segmenter.js';
import { PocketSphinxDecoder, type PocketSphinxDecoderOptions } from './pocketsphinx-library.js';
import { serveDecoder } from './worker-host.js';

export interface PocketSphinxWorkerData {
  readonly decoder: PocketSphinxDecoderOptions;
  readonly utterances: UtteranceOptions;
}

const { decoder, utterances }: PocketSphinxWorkerData = workerData;
serveDecoder(decoder.sampleRateHz, utterances, () => new PocketSphinxDecoder(decoder));
