import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

const LONGEST_OUTPUT_BYTES = 64 << 20;

/** Skips the test by name where a program of a Debian package is not installed. */
export function needTool(ctx: TestContext, program: string, debianPackage: string): void {
  if (spawnSync(program, ['--version']).error !== undefined) {
    ctx.skip(`${program} is not installed (apt-get install ${debianPackage})`);
  }
}

/** What a program printed; it must have ended well. */
export function runTool(program: string, words: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    input,
    maxBuffer: LONGEST_OUTPUT_BYTES,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Hands out paths in a folder that is gone afterwards. */
export function inFolder<T>(use: (pathOf: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-tool-'));
  try {
    return use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
