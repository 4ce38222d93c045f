import type { TestContext } from 'vitest';

/** The folder of the corpus; without one the test is skipped by name. */
export function corpusFolder(ctx: TestContext): string {
  const folder = process.env.EARSHOT_CORPUS;
  if (folder === undefined || folder === '') {
    return ctx.skip('EARSHOT_CORPUS is not set to the folder of the corpus');
  }
  return folder;
}
