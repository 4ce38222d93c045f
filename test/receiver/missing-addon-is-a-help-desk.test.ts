import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EarshotError } from '../../src/errors.js';
import { type AddonHost, findAddon } from '../../src/receiver/binding.js';
import type { NativeModule } from '../../src/receiver/native-module.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-addon-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, content = ''): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function host(changes: Partial<AddonHost> = {}): AddonHost {
  return {
    packageFolder: folder,
    target: 'plan9-mips',
    chosenPath: undefined,
    open: (path) => ({ openedFrom: path }) as unknown as NativeModule,
    ...changes,
  };
}

function failure(changes: Partial<AddonHost> = {}): EarshotError {
  try {
    findAddon(host(changes));
  } catch (error) {
    if (error instanceof EarshotError) return error;
  }
  throw new Error('findAddon did not throw an EarshotError');
}

describe('which addon is taken', () => {
  it('the one built here before the prebuilt', () => {
    const built = put('native/build/Release/earshot.node');
    put('prebuilds/plan9-mips/earshot.node');
    expect(findAddon(host()).path).toBe(built);
  });

  it('the prebuilt of this platform when nothing was built here', () => {
    put('prebuilds/linux-x64/earshot.node');
    const prebuilt = put('prebuilds/plan9-mips/earshot.node');
    expect(findAddon(host()).path).toBe(prebuilt);
  });

  it('the prebuilt when the one built here does not load', () => {
    const built = put('native/build/Release/earshot.node');
    const prebuilt = put('prebuilds/plan9-mips/earshot.node');
    const open = (path: string): NativeModule => {
      if (path === built) throw new Error('wrong ELF class');
      return {} as NativeModule;
    };
    expect(findAddon(host({ open })).path).toBe(prebuilt);
  });

  it('the one EARSHOT_ADDON names before all others', () => {
    put('native/build/Release/earshot.node');
    const chosen = put('elsewhere/earshot.node');
    expect(findAddon(host({ chosenPath: chosen })).path).toBe(chosen);
  });
});

describe('the error when there is none', () => {
  it('names the code, both paths, and this machine', () => {
    const { code, message } = failure();

    expect(code).toBe('EARSHOT_ADDON_MISSING');
    expect(message).toContain(join(folder, 'native/build/Release/earshot.node'));
    expect(message).toContain(join(folder, 'prebuilds/plan9-mips/earshot.node'));
    expect(message).toContain('no such file');
    expect(message).toContain(
      `Node ${process.version} (module ABI ${process.versions.modules}, Node-API`,
    );
  });

  it('says what the dynamic linker said about a file that is there', () => {
    put('prebuilds/plan9-mips/earshot.node', 'not a library');
    const open = (path: string): NativeModule => {
      process.dlopen({ exports: {} }, path);
      throw new Error('unreachable');
    };
    expect(failure({ open }).message).toMatch(
      /too short|invalid ELF|not a mach-o|not a valid Win32/i,
    );
  });

  it('lists the prebuilts of other platforms', () => {
    put('prebuilds/linux-x64/earshot.node');
    put('prebuilds/darwin-arm64/earshot.node');
    expect(failure().message).toContain('Prebuilt for other platforms: darwin-arm64, linux-x64');
  });

  it('tells a checkout to build', () => {
    put('package-lock.json');
    expect(failure().message).toMatch(/npm run build:native$/);
  });

  it('gives an installed package the one command that builds it in place', () => {
    expect(failure().message).toMatch(/node ".*native\/build\.mjs" --from-npm$/);
  });

  it('tells to unset EARSHOT_ADDON when that is what failed', () => {
    const message = failure({ chosenPath: '/nowhere/earshot.node' }).message;
    expect(message).toContain('/nowhere/earshot.node');
    expect(message).toMatch(/unset EARSHOT_ADDON$/);
  });
});
