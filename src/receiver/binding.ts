import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { EarshotError } from '../errors.js';
import { packageFolder } from '../package-folder.js';
import type { NativeModule } from './native-module.js';

/** One file the loader tried. */
export interface AddonAttempt {
  readonly path: string;
  /** What the dynamic linker said; `undefined` when there is no such file. */
  readonly failure: string | undefined;
}

/** Where an addon is looked for and how it is opened; tests bring their own. */
export interface AddonHost {
  /** The folder of Earshot's package.json. */
  readonly packageFolder: string;
  /** `<platform>-<arch>`, with `-musl` where the C library is musl. */
  readonly target: string;
  /** A path that is tried first and alone, as `EARSHOT_ADDON` gives it. */
  readonly chosenPath: string | undefined;
  /** Loads a `.node` file or throws. */
  open(path: string): NativeModule;
}

export interface LoadedAddon {
  readonly path: string;
  readonly addon: NativeModule;
}

let loaded: LoadedAddon | undefined;

/**
 * Loads the native engine once: `EARSHOT_ADDON` when set, else the one built from source, else the prebuilt.
 *
 * @throws {EarshotError} `EARSHOT_ADDON_MISSING`: what was looked for, what was found, the command that helps
 */
export function loadAddon(): NativeModule {
  loaded ??= findAddon(thisHost());
  return loaded.addon;
}

/**
 * The file `loadAddon` took.
 *
 * @throws {EarshotError} `EARSHOT_ADDON_MISSING`
 */
export function addonPath(): string {
  loaded ??= findAddon(thisHost());
  return loaded.path;
}

/** @throws {EarshotError} `EARSHOT_ADDON_MISSING` */
export function findAddon(host: AddonHost): LoadedAddon {
  const attempts: AddonAttempt[] = [];
  for (const path of candidatePaths(host)) {
    if (!existsSync(path)) {
      attempts.push({ path, failure: undefined });
      continue;
    }
    try {
      return { path, addon: host.open(path) };
    } catch (error) {
      attempts.push({ path, failure: error instanceof Error ? error.message : String(error) });
    }
  }
  throw new EarshotError('EARSHOT_ADDON_MISSING', helpDesk(host, attempts));
}

function candidatePaths(host: AddonHost): readonly string[] {
  if (host.chosenPath !== undefined) return [host.chosenPath];
  return [
    join(host.packageFolder, 'native/build/Release/earshot.node'),
    join(host.packageFolder, 'prebuilds', host.target, 'earshot.node'),
  ];
}

function helpDesk(host: AddonHost, attempts: readonly AddonAttempt[]): string {
  const prebuilds = join(host.packageFolder, 'prebuilds');
  const others = existsSync(prebuilds)
    ? readdirSync(prebuilds).filter((name) => name !== host.target)
    : [];
  return [
    'The native engine could not be loaded.',
    'Looked for:',
    ...attempts.map(({ path, failure }) => `  ${path}\n    ${failure ?? 'no such file'}`),
    others.length > 0
      ? `Prebuilt for other platforms: ${others.join(', ')}`
      : 'This package holds no prebuilt for any other platform.',
    `This machine: ${host.target}, ${libc()}, Node ${process.version} (module ABI ${process.versions.modules}, Node-API ${process.versions.napi}).`,
    ...remedy(host),
  ].join('\n');
}

function remedy(host: AddonHost): readonly string[] {
  if (host.chosenPath !== undefined) {
    return ['EARSHOT_ADDON names that file. What helps: unset EARSHOT_ADDON'];
  }
  const inCheckout = existsSync(join(host.packageFolder, 'package-lock.json'));
  const script = relative(process.cwd(), join(host.packageFolder, 'native/build.mjs'));
  return inCheckout
    ? ['What helps, in the checkout: npm run build:native']
    : [
        'What helps (builds it in place; needs a C++20 compiler, make and Python 3):',
        `  node ${JSON.stringify(script)} --from-npm`,
      ];
}

function thisHost(): AddonHost {
  const chosenPath = process.env.EARSHOT_ADDON;
  return {
    packageFolder: packageFolder(),
    target: `${process.platform}-${process.arch}${libc() === 'musl' ? '-musl' : ''}`,
    chosenPath: chosenPath === '' ? undefined : chosenPath,
    open: createRequire(import.meta.url),
  };
}

/** glibc names its version in the process report; musl does not. */
function libc(): string {
  if (process.platform !== 'linux') return 'the system C library';
  // The report's network part resolves the names of open sockets, which may take seconds.
  const report = process.report as typeof process.report & { excludeNetwork?: boolean };
  const before = report.excludeNetwork ?? false;
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before;
  return header.glibcVersionRuntime === undefined ? 'musl' : `glibc ${header.glibcVersionRuntime}`;
}
