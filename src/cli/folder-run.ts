import type { CaptureFolder } from '../capture/capture-folder.js';
import { EarshotError } from '../errors.js';
import { complain, say } from './say.js';

/** What a file of a folder came to. */
type Outcome<Result> = Result | { readonly file: string; readonly error: string };

/**
 * Does a job for every capture of a folder and prints what came of each, in the order of their paths: results as `print`
 * has them or all as one JSON array, reasons on stderr.
 *
 * @returns the exit code: 0 when one of them gave a result
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE` for an empty folder; `EARSHOT_BAD_OPTION`, which is no fault of a file
 */
export async function runInFolder<Result extends object>(
  path: string,
  { files, leftOut }: CaptureFolder,
  job: {
    run(file: string): Result | Promise<Result>;
    print(result: Result): void;
    readonly asJson: boolean;
  },
): Promise<number> {
  if (files.length + leftOut.length === 0) {
    throw new EarshotError('EARSHOT_BAD_CAPTURE', `${path}: no files in this folder`);
  }
  const outcomes = new Map<string, Outcome<Result>>();
  for (const { file, reason } of leftOut) outcomes.set(file, { file, error: reason });
  for (const file of files) outcomes.set(file, await tryToRun(file, job.run));
  const sorted = [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, outcome]) => outcome);
  if (job.asJson) say(JSON.stringify(sorted, null, 2));
  let code = 1;
  for (const outcome of sorted) {
    if ('error' in outcome) {
      complain(outcome.error);
      continue;
    }
    code = 0;
    job.print(outcome);
  }
  return code;
}

async function tryToRun<Result extends object>(
  file: string,
  run: (file: string) => Result | Promise<Result>,
): Promise<Outcome<Result>> {
  try {
    return await run(file);
  } catch (error) {
    if (error instanceof EarshotError && error.code !== 'EARSHOT_BAD_OPTION') {
      return { file, error: error.message };
    }
    throw error;
  }
}
