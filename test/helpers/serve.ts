import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { MAIN } from './run-cli.js';

export interface ServingCli {
  readonly url: string;
  readonly banner: string;
  /** @returns the exit code */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts `earshot serve` on a free port and waits for the last line of its banner.
 *
 * @param settings - `main`: another build; `closing`: what nobody reads any more after the banner
 */
export async function serve(
  words: readonly string[],
  settings: { readonly main?: string; readonly closing?: 'stdout' | 'stderr' } = {},
): Promise<ServingCli> {
  const { main = MAIN, closing } = settings;
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (closing === undefined) child.stderr.pipe(process.stderr, { end: false });
  else child.stderr.resume();
  const ended = once(child, 'close');
  let banner = '';
  for await (const line of createInterface({ input: child.stdout })) {
    banner += `${line}\n`;
    if (line.startsWith('Ctrl-C')) break;
  }
  if (closing === undefined) child.stdout.resume();
  else child[closing].destroy();
  const url = /^Earshot listens on (http:\S+)$/m.exec(banner)?.[1];
  if (url === undefined) throw new Error(`no address in ${JSON.stringify(banner)}`);
  return {
    url,
    banner,
    async end(signal) {
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
  };
}
