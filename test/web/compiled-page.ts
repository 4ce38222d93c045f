import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SOURCE = fileURLToPath(new URL('../../sfu/web/', import.meta.url));

/** Compiles the page's sources as they are now into `folder`, so that no test looks at a stale build. */
export async function compilePage(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  // The build checks the types; here they are only taken off.
  await promisify(execFile)(process.execPath, [
    join(dirname(typescript), 'bin', 'tsc'),
    '-p',
    join(SOURCE, 'tsconfig.json'),
    '--outDir',
    folder,
    '--noCheck',
  ]);
  for (const file of ['index.html', 'page.css']) {
    await copyFile(join(SOURCE, file), join(folder, file));
  }
}
