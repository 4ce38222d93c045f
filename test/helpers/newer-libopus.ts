import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** fetch-newer-libopus.mjs leaves it there. */
const FETCHED = join(import.meta.dirname, '../../build/libopus-1.5.2/libopus.so.0');

/** A shared libopus with deep PLC; without one the test is skipped by name. */
export function newerLibopus(ctx: TestContext): string {
  const named = process.env.EARSHOT_LIBOPUS;
  if (named !== undefined && named !== '') return named;
  if (existsSync(FETCHED)) return FETCHED;
  return ctx.skip(
    "EARSHOT_LIBOPUS is not set; node test/helpers/fetch-newer-libopus.mjs fetches Debian 13's",
  );
}
