import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EarshotError } from '../errors.js';
import { packageFolder } from '../package-folder.js';

/**
 * The compiled file of a module beside this one, to run in a thread or process of its own.
 *
 * Node 20 cannot run TypeScript there, so when this module runs from source (tests) the build's copy is taken.
 *
 * @throws {EarshotError} `EARSHOT_RECOGNIZER_MISSING` when running from source without a build
 */
export function compiledModule(name: string): string {
  const here = fileURLToPath(import.meta.url);
  const file = here.endsWith('.js')
    ? fileURLToPath(new URL(`./${name}.js`, import.meta.url))
    : join(packageFolder(), 'dist', 'src', 'recognizers', `${name}.js`);
  if (existsSync(file)) return file;
  throw new EarshotError(
    'EARSHOT_RECOGNIZER_MISSING',
    `${file} is missing: the recognizer's thread runs compiled code. What helps: npm run build:ts`,
  );
}
