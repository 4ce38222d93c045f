import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A rule holds for every file that matches `from`, but for those in `except`. */
interface Rule {
  readonly says: string;
  readonly from: RegExp;
  readonly except?: RegExp;
  readonly mayNotImport: RegExp;
  /** What may be imported all the same when it leaves nothing in the compiled file. */
  readonly mayImportTypesOf?: RegExp;
}

interface Import {
  readonly target: string;
  readonly isTypeOnly: boolean;
}

/** Targets are paths in the repository without suffix (`src/clock`), or package names. CONTRIBUTING.md shows the table. */
const RULES: readonly Rule[] = [
  {
    says: 'src knows nothing of sfu; only the command line puts the two together',
    from: /^src\//,
    except: /^src\/cli\//,
    mayNotImport: /^sfu\//,
  },
  {
    says: 'src knows nothing of servers and WebRTC stacks',
    from: /^src\//,
    except: /^src\/cli\/doctor-/,
    mayNotImport: /^(werift|mediasoup|fastify|@fastify\/.*|pino|prom-client|node:https?)$/,
  },
  {
    says: 'sfu reaches src through its public surface only',
    from: /^sfu\//,
    mayNotImport: /^src\/(?!index$)/,
  },
  {
    says: 'only a backend file imports its backend',
    from: /^(src|sfu)\//,
    except: /(^|[/-])werift[^/]*\.ts$|^sfu\/demo\//,
    mayNotImport: /^werift/,
  },
  {
    says: 'errors and clock stand at the bottom',
    from: /^src\/(errors|clock|package-folder)\.ts$/,
    mayNotImport: /^src\/(?!errors$)/,
  },
  {
    says: 'the receiver knows nothing of what is done with its audio',
    from: /^src\/receiver\//,
    mayNotImport:
      /^src\/(recognizers|speech|capture|analysis|replay|simulate|cli|pipeline|index)(\/|$)/,
  },
  {
    says: 'speech and recognizers see PCM, never RTP',
    from: /^src\/(speech|recognizers)\//,
    mayNotImport: /^src\/(receiver\/(?!audio-frame$)|replay\/|cli\/|simulate\/|index$)/,
  },
  {
    says: 'captures, networks and what is told by them know nothing of a replay',
    from: /^src\/(capture|analysis|simulate)\//,
    mayNotImport: /^src\/(replay|compare|cli|speech|recognizers|pipeline|index)(\/|$)/,
  },
  {
    says: 'a comparison and a report know nothing of servers and recognizers',
    from: /^src\/(replay|compare|report)\//,
    mayNotImport: /^src\/(speech|recognizers|pipeline)(\/|$)/,
  },
  {
    // It is bundled for a browser: what is behind the types is Node's.
    says: "the report's page imports itself, uPlot, the analysis and the Ogg writer, and of the rest types only",
    from: /^src\/report\/page\//,
    mayNotImport: /^(?!src\/report\/(page\/|ogg-opus$)|src\/analysis\/|uplot$)/,
    mayImportTypesOf: /^src\//,
  },
  {
    says: 'nothing imports the command line',
    from: /^(src(?!\/cli\/)|sfu)\//,
    mayNotImport: /^src\/cli\//,
  },
  {
    says: 'shipped code imports no test, bench or fixture code',
    from: /^(src|sfu)\//,
    mayNotImport: /^(test|bench|fixtures)\//,
  },
  {
    // By the package's name: the sources behind those types are Node's, which a program of the browser cannot include.
    says: 'the page imports nothing but itself, and of the server types only',
    from: /^sfu\/web\//,
    mayNotImport: /^(?!sfu\/web\/)/,
    mayImportTypesOf: /^earshot\/sfu$/,
  },
];

const ROOT = resolve(import.meta.dirname, '..');

function filesUnder(folder: string, suffix: RegExp): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && suffix.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((file) => !/^native\/build|node_modules/.test(file));
}

/** What `import … from 'x'`, `export … from 'x'`, `import 'x'` and `import('x')` name. */
function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const named = text.matchAll(/^\s*(?:import|export)\b(\s+type\b)?[^;'"]*?from\s+'([^']+)'/gms);
  const bare = text.matchAll(/^\s*import()\s+'([^']+)'/gm);
  const dynamic = text.matchAll(/\bimport\(()\s*'([^']+)'/g);
  return [...named, ...bare, ...dynamic].map(([, type, target = '']) => ({
    isTypeOnly: type?.trim() === 'type',
    target: target.startsWith('.')
      ? relative(ROOT, resolve(ROOT, dirname(file), target))
          .replaceAll('\\', '/')
          .replace(/\.[jt]s$/, '')
      : target,
  }));
}

const TYPESCRIPT = [...filesUnder('src', /\.ts$/), ...filesUnder('sfu', /\.ts$/)];

describe('imports run one way', () => {
  it('reads import lines of every kind', () => {
    const targets = (file: string): readonly string[] =>
      importsOf(file).map(({ target }) => target);
    expect(targets('src/index.ts')).toContain('src/errors');
    expect(targets('src/cli/main.ts')).toContain('src/cli/doctor-command');
    expect(targets('src/receiver/binding.ts')).toContain('node:fs');
    expect(importsOf('src/receiver/binding.ts')).toContainEqual({
      target: 'src/receiver/native-module',
      isTypeOnly: true,
    });
  });

  it.each(RULES)('$says', ({ from, except, mayNotImport, mayImportTypesOf }) => {
    const files = TYPESCRIPT.filter((file) => from.test(file) && !except?.test(file));
    expect(files, 'the rule matches no file').not.toHaveLength(0);

    const broken = files.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => mayNotImport.test(target))
        .filter(({ target, isTypeOnly }) => !(isTypeOnly && mayImportTypesOf?.test(target)))
        .map(({ target }) => `${file} imports ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('the engine is told the time', () => {
  // bench numbers and file stamps are no part of a replay's output, so only these files are looked at.
  const timeless = TYPESCRIPT.filter((file) =>
    /^src\/(capture|analysis|replay|receiver|simulate|speech)\//.test(file),
  );

  it('captures, analysis, replay, receiver, simulate and speech read no wall clock', () => {
    const clocks =
      /\bDate\.now\(|new Date\(\)|performance\.now\(|hrtime|systemClock|setInterval\(|setTimeout\(/;
    const broken = timeless.filter((file) => clocks.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(broken).toEqual([]);
  });
});

describe('the native engine stands alone', () => {
  const engine = ['receiver', 'rtp', 'opus', 'dsp'].flatMap((folder) =>
    filesUnder(`native/${folder}`, /\.(cc|h)$/),
  );

  it.each([
    ['N-API', /^(napi|node_api|node)\.h$/],
    ['clocks', /^(chrono|ctime|time\.h|sys\/time\.h)$/],
    ['threads', /^(thread|mutex|shared_mutex|condition_variable|atomic|future|pthread\.h)$/],
    ['sockets and files', /^(sys\/socket\.h|netinet\/.*|arpa\/.*|fstream|iostream|filesystem)$/],
  ])('includes no headers of %s', (_, forbidden) => {
    expect(engine).not.toHaveLength(0);
    const broken = engine.flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^\s*#\s*include\s*[<"]([^>"]+)/gm)]
        .map(([, header = '']) => header)
        .filter((header) => forbidden.test(header))
        .map((header) => `${file} includes ${header}`),
    );
    expect(broken).toEqual([]);
  });

  it('knows nothing of the addon around it', () => {
    const broken = engine.filter((file) =>
      /#include "addon\//.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(broken).toEqual([]);
  });
});
