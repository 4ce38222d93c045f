import type { SfuOptions } from '../../../sfu/config.js';
import { createServer, type SfuServer } from '../../../sfu/index.js';
import { FakeRecognizer } from './fake-recognizer.js';

/** A server on a free port of 127.0.0.1 that logs nothing and recognizes by the fake. */
export function startServer(options: SfuOptions = {}): Promise<SfuServer> {
  return createServer({
    port: 0,
    logLevel: 'silent',
    recognizer: new FakeRecognizer(),
    ...options,
  });
}
