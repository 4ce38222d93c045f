import { once } from 'node:events';
import type { SfuServer } from '../../sfu/index.js';
import { EarshotError } from '../errors.js';
import type { Command } from './command.js';
import { parseFlags } from './flags.js';
import { say } from './say.js';
import { UsageError } from './usage-error.js';

const HELP = `Starts the server: browsers and WHIP clients publish speech, whoever watches a room sees words, loss and delay.

Usage: earshot serve [flags]

  --host <name>               address of the HTTP server            [127.0.0.1]
  --port <n>                  0 takes a free one                    [8080]
  --recognizer <name>         pocketsphinx, sherpa-onnx, activity   [the best one found]
  --recognizer-options <json> its own options, for example '{"modelFolder":"/models/en"}'
  --language <tag>            hint to the recognizer, like en-US
  --deadline-ms <ms>          longest wait at a hole                [50]
  --budget-ms <ms>            capture to recognizer, for the page   [150]
  --media-address <ip>        where media sockets are bound         [host]
  --announced-address <ip>    told to peers, behind a static NAT
  --media-ports <a-b>         UDP ports of media                    [any free one]
  --cors-origins <list>       pages of other origins that may publish
  --log-level <level>         silent, error, warn, info, debug      [info]
  --config <file>             JSON object of the same options (camelCase, and limits)

Each flag has a variable, EARSHOT_PORT for --port and so on; flags win over variables, variables over the file.
EARSHOT_TOKENS=<token,token> makes every request carry a Bearer token: it is no flag, because command lines are seen
by every user of the machine.

Example:
  earshot serve --port 8080

It prints an address: open it, press the button, speak. Words appear under the picture of what each 20 ms of your
audio was made of. Log lines (JSON, without words, names or addresses) go to stderr.
Without a recognizer that knows words only activity is shown; earshot doctor says what to install.
Ctrl-C or SIGTERM refuses new calls, ends the others and exits with code 0; a second one exits at once.
`;

const VALUE = { type: 'string' } as const;
const FLAGS = {
  host: VALUE,
  port: VALUE,
  recognizer: VALUE,
  'recognizer-options': VALUE,
  language: VALUE,
  'deadline-ms': VALUE,
  'budget-ms': VALUE,
  'media-address': VALUE,
  'announced-address': VALUE,
  'media-ports': VALUE,
  'cors-origins': VALUE,
  'log-level': VALUE,
  config: VALUE,
} as const;

export const serveCommand: Command = {
  help: HELP,
  // Calls are served whoever reads the banner and the log.
  unread: 'goes on',
  async run(words) {
    const { values, positionals } = parseFlags(words, FLAGS);
    if (positionals.length > 0) throw new UsageError(`serve takes no ${positionals[0]}`);
    const { createServer, readSfuOptions } = await import('../../sfu/index.js');

    const { options, server } = await naming(Object.keys(values), async () => {
      // A flag is the variable of the same name, said louder: one set of checks serves both.
      const flags = Object.entries(values).map(([flag, value]) => [variableOf(flag), value]);
      const options = readSfuOptions({ ...process.env, ...Object.fromEntries(flags) });
      return {
        options,
        server: await createServer({ ...options, logDestination: process.stderr }),
      };
    });

    const ending = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    say(banner(server, (options.tokens ?? []).length > 0));
    await ending;
    say('Ending: new calls are refused, the others are closed.');
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
    await server.close();
    return 0;
  },
};

function variableOf(flag: string): string {
  return `EARSHOT_${flag.toUpperCase().replaceAll('-', '_')}`;
}

function optionOf(flag: string): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Errors of variables and options that came as flags name the flags. */
async function naming<T>(flags: readonly string[], start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    const message = flags.reduce((text, flag) => {
      const names = new RegExp(`\\b${variableOf(flag)}\\b|(?<=^Expected )${optionOf(flag)}\\b`);
      return text.replace(names, `--${flag}`);
    }, error.message);
    throw new EarshotError(error.code, message, { cause: error });
  }
}

function banner({ url, recognizer, advice }: SfuServer, needsToken: boolean): string {
  const header = needsToken ? "-H 'Authorization: Bearer <token>' " : '';
  return `Earshot listens on ${url}

  speak     ${url}/ in a browser: press the button
  publish   POST ${url}/whip/<room>, SDP of any WHIP client
  watch     curl -N ${header}${url}/rooms/<room>/events
  words     ${advice ?? `by ${recognizer}`}

Ctrl-C ends it.`;
}
