import type { Hypothesis, Recognizer, RecognizerContext, RecognizerSession } from '../src/index.js';

/**
 * The same recognizer, but that a session which cannot be opened is one that breaks at once.
 *
 * A pipeline does not begin without a session; so audio runs, the failure is told, and opening is tried again as it is
 * for a session that broke later.
 */
export function withFailuresInSession(recognizer: Recognizer): Recognizer {
  const { name, capabilities } = recognizer;
  return {
    name,
    capabilities,
    open: async (context: RecognizerContext): Promise<RecognizerSession> => {
      try {
        return await recognizer.open(context);
      } catch (error) {
        return brokenSession(error);
      }
    },
    close: () => recognizer.close(),
  };
}

function brokenSession(error: unknown): RecognizerSession {
  return {
    backlogMs: 0,
    hypotheses: breaking(error),
    write: () => {
      throw error;
    },
    flush: async () => undefined,
    close: async () => undefined,
  };
}

async function* breaking(error: unknown): AsyncGenerator<Hypothesis> {
  // Whoever opened the session listens by then.
  await new Promise((resolve) => setImmediate(resolve));
  throw error;
}
