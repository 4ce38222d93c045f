import { workerData } from 'node:worker_threads';
import type { UtteranceOptions } from '../speech/utterance-segmenter.js';
import { SherpaOnnxDecoder, type SherpaOnnxDecoderOptions } from './sherpa-onnx-library.js';
import { serveDecoder } from './worker-host.js';

export interface SherpaOnnxWorkerData {
  readonly decoder: SherpaOnnxDecoderOptions;
  readonly utterances: UtteranceOptions;
}

const { decoder, utterances }: SherpaOnnxWorkerData = workerData;
serveDecoder(decoder.sampleRateHz, utterances, () => new SherpaOnnxDecoder(decoder));
