import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EarshotError } from './errors.js';

/**
 * The folder of Earshot's own package.json: one up from src in a checkout, two from dist/src in a release.
 *
 * @throws {EarshotError} `EARSHOT_ADDON_MISSING` when a bundler tore the package apart
 */
export function packageFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && readManifest(file).name === 'earshot') return folder;
    if (folder === dirname(folder)) {
      throw new EarshotError(
        'EARSHOT_ADDON_MISSING',
        `No package.json of earshot above ${start}. What helps: mark earshot as external in your bundler`,
      );
    }
  }
}

export function packageVersion(): string {
  return readManifest(join(packageFolder(), 'package.json')).version;
}

function readManifest(file: string): { readonly name: string; readonly version: string } {
  return JSON.parse(readFileSync(file, 'utf8'));
}
