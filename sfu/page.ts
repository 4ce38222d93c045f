import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from './problem.js';

interface PageFile {
  readonly url: string;
  /** Path in the package's folder. */
  readonly path: string;
  readonly type: string;
}

const HTML: PageFile = { url: '/', path: 'sfu/web/index.html', type: 'text/html; charset=utf-8' };
const CSS: PageFile = {
  url: '/page.css',
  path: 'sfu/web/page.css',
  type: 'text/css; charset=utf-8',
};
const ICON: PageFile = { url: '/icon.svg', path: 'sfu/web/icon.svg', type: 'image/svg+xml' };
const MODULE_FOLDER = 'dist/sfu/web';

/** Serves the page at `/`: a list of files made once, so that no path of a request reaches the file system. */
export function addPage(app: FastifyInstance): void {
  const root = packageFolder();
  for (const { url, path, type } of [HTML, CSS, ICON, ...modules(root)]) {
    app.get(url, async (_request, reply) => {
      const body = await readFile(join(root, path)).catch(() => {
        throw new HttpProblem(404, `${path} is missing; npm run build makes it`);
      });
      return reply.type(type).header('cache-control', 'no-cache').send(body);
    });
  }
}

function modules(root: string): PageFile[] {
  const folder = join(root, MODULE_FOLDER);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((name) => /^[a-z-]+\.js$/.test(name))
    .map((name) => ({
      url: `/${name}`,
      path: `${MODULE_FOLDER}/${name}`,
      type: 'text/javascript; charset=utf-8',
    }));
}

/** The nearest folder above this module with a package.json: one up from the sources, two from dist/. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return folder;
}
