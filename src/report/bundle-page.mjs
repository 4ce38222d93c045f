// Bundles the report's page into one script and one style sheet, which src/report/html-report.ts puts into every report.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../dist/src/report');
const uplot = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));

const bundle = await rolldown({
  input: join(here, 'page/page.ts'),
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
});
const { output } = await bundle.generate({ format: 'iife', minify: true, comments: false });
await bundle.close();

const licence = readFileSync(join(uplot, 'LICENSE'), 'utf8').trim();
const script = `/* Holds uPlot:\n${licence}\n*/\n${output[0].code.trim()}`;
if (/<\/script|<!--/i.test(script))
  throw new Error('The script would end the element it stands in');
put('page.js', script);

const sheets = [join(uplot, 'dist/uPlot.min.css'), join(here, 'page/page.css')];
const style = sheets.map((sheet) => readFileSync(sheet, 'utf8').trim()).join('\n');
if (/<\/style/i.test(style)) throw new Error('The style would end the element it stands in');
put('page.css', style);

/** At once: tests that run beside each other make it anew while others read it. */
function put(name, text) {
  const unfinished = join(out, `${name}.${process.pid}`);
  writeFileSync(unfinished, text);
  renameSync(unfinished, join(out, name));
}
