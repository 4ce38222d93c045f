import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EarshotError } from '../errors.js';
import { compiledModule } from './worker-entry.js';

const TRIAL_LIMIT_MS = 60_000;
const KEPT_OUTPUT_BYTES = 16_384;

/**
 * Loads a model once in a process of its own.
 *
 * Measured: on a damaged model both libraries call `exit`, abort or crash, which would take the whole server along; a
 * worker thread is no protection. A model that loads here loads in the worker as well.
 *
 * @param module - compiled module beside this one whose whole work is to load `data`, given as JSON in its first argument
 * @throws {EarshotError} `EARSHOT_RECOGNIZER_FAILED` with what the library said
 */
export async function tryModel(recognizer: string, module: string, data: unknown): Promise<void> {
  // A process that crashes leaves its files behind: they are left in a folder that goes with it.
  const folder = await mkdtemp(join(tmpdir(), 'earshot-trial-'));
  try {
    await runTrial(recognizer, folder, [compiledModule(module), JSON.stringify(data)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runTrial(recognizer: string, folder: string, args: string[]): Promise<void> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
    timeout: TRIAL_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    said = (said + text).slice(-KEPT_OUTPUT_BYTES);
  });
  const ending = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  if (ending === 'exit code 0') return;
  throw new EarshotError(
    'EARSHOT_RECOGNIZER_FAILED',
    `${recognizer} cannot load its model (${ending}): ${reasonIn(said)}`,
  );
}

function reasonIn(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /error|fatal|fail|does not exist|what\(\)/i.test(line));
  const reason =
    telling.at(-1) ?? lines.at(-1) ?? 'the library gave no reason; the files may be damaged';
  return reason.trim().slice(0, 300);
}
