/** Somebody ended the job: Ctrl-C, or `kill`. */
export class EndedBySignal extends Error {
  override readonly name = 'EndedBySignal';
  /** 128 and the number of the signal, as a shell has it. */
  readonly exitCode: number;

  constructor(signal: keyof typeof EXIT_CODES) {
    super(`ended by ${signal}`);
    this.exitCode = EXIT_CODES[signal];
  }
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a job that has something to put in order before it ends. What the job does not give back between two turns of the
 * event loop is waited for.
 *
 * @throws {EndedBySignal} as the reason of the job's signal; whatever the job throws
 */
export async function endedInOrder<Result>(
  job: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  const end = (signal: NodeJS.Signals): void =>
    ending.abort(new EndedBySignal(signal as keyof typeof EXIT_CODES));
  process.on('SIGINT', end).on('SIGTERM', end);
  try {
    return await job(ending.signal);
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}
