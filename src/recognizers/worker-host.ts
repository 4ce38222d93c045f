import { parentPort } from 'node:worker_threads';
import { type UtteranceOptions, UtteranceSegmenter } from '../speech/utterance-segmenter.js';
import type { Hypothesis } from './recognizer.js';
import { type Decoder, UtteranceDecoder } from './utterance-decoder.js';
import type { WorkerReport, WorkerRequest } from './worker-messages.js';

/** The worker's side of a `WorkerSession`: loads the decoder, then serves chunks in order. */
export function serveDecoder(
  sampleRateHz: number,
  utterances: UtteranceOptions,
  createDecoder: () => Decoder,
): void {
  const port = parentPort;
  if (port === null) throw new Error('serveDecoder runs in a worker thread only');
  const send = (report: WorkerReport): void => port.postMessage(report);
  const sendAll = (hypotheses: readonly Hypothesis[]): void => {
    if (hypotheses.length > 0) send({ type: 'hypotheses', hypotheses });
  };

  let session: UtteranceDecoder;
  try {
    const segmenter = new UtteranceSegmenter(sampleRateHz, utterances);
    session = new UtteranceDecoder(createDecoder(), segmenter, sampleRateHz);
  } catch (error) {
    send({ type: 'failed', message: String(error instanceof Error ? error.message : error) });
    port.close();
    return;
  }
  port.on('message', (request: WorkerRequest) => {
    try {
      switch (request.type) {
        case 'chunk':
          sendAll(session.accept(request, request.alternatives));
          send({ type: 'done', durationMs: request.durationMs });
          break;
        case 'flush':
          sendAll(session.flush(request.alternatives));
          send({ type: 'flushed', id: request.id });
          break;
        case 'close':
          session.close();
          port.close();
          break;
      }
    } catch (error) {
      send({ type: 'failed', message: String(error instanceof Error ? error.message : error) });
      port.close();
    }
  });
  send({ type: 'ready' });
}
