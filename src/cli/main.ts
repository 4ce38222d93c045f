#!/usr/bin/env node
import { EarshotError, type EarshotErrorCode } from '../errors.js';
import { packageVersion } from '../package-folder.js';
import type { Command } from './command.js';
import { EndedBySignal } from './ended-by-signal.js';
import { complain, say } from './say.js';
import { UsageError } from './usage-error.js';

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve-command.js')).serveCommand,
  replay: async () => (await import('./replay-command.js')).replayCommand,
  streams: async () => (await import('./streams-command.js')).streamsCommand,
  simulate: async () => (await import('./simulate-command.js')).simulateCommand,
  compare: async () => (await import('./compare-command.js')).compareCommand,
  doctor: async () => (await import('./doctor-command.js')).doctorCommand,
};

const HELP = `earshot: Opus calls in, labelled audio and words out, within 150 ms of capture.

Usage: earshot <command> [flags]

  serve             a WebRTC server: speak into its page and watch words, loss and delay live
  replay <capture>  run a recorded call (pcap, rtpdump, mjr, …) or a folder through the same engine and measure it
  streams <capture> which RTP streams a capture holds, and what the network did to them
  simulate <input>  send a WAV or a capture through a network of your choice and write what arrives
  compare <path>... many calls with many settings, beside a model of NetEQ and an oracle: table, JSON, CSV, exit code
  doctor            what this machine has, what it lacks, and the command that helps

  earshot help <command>     what it does, an example that runs, how to read what it prints; earshot <command> --help too
  earshot --version

Start here:
  earshot doctor
  earshot serve

Exit codes: 0 done, 1 the job failed (one line on stderr says why), 2 the command line is wrong, 130 ended by Ctrl-C.
Files appear when they are complete: a job that fails or is ended leaves what was there before.
`;

const HELP_WORDS: readonly string[] = ['help', '--help', '-h'];

/** Errors of the caller's wording rather than of the job. */
const USAGE_CODES: readonly EarshotErrorCode[] = ['EARSHOT_BAD_OPTION'];

let whenUnread: NonNullable<Command['unread']> = 'ends';

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === '--version' || name === '-v') {
    say(packageVersion());
    return 0;
  }
  if (name === undefined || HELP_WORDS.includes(name)) {
    if (rest.length > 1)
      throw new UsageError(`help is of one command at a time, got ${rest.length}`);
    const [about] = rest;
    const isAboutHelp = about === undefined || HELP_WORDS.includes(about);
    process.stdout.write(isAboutHelp ? HELP : (await commandOf(about)).help);
    return 0;
  }
  const command = await commandOf(name);
  whenUnread = command.unread ?? 'ends';
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(command.help);
    return 0;
  }
  return command.run(rest);
}

function commandOf(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return load();
  throw new UsageError(
    name.startsWith('-')
      ? `unknown flag ${name}`
      : `unknown command ${JSON.stringify(name)}; there are ${Object.keys(COMMANDS).join(', ')}`,
  );
}

function report(error: unknown, words: readonly string[]): number {
  const name = words[0] !== undefined && Object.hasOwn(COMMANDS, words[0]) ? words[0] : undefined;
  const who = name === undefined ? 'earshot' : `earshot ${name}`;
  if (error instanceof UsageError) {
    complain(`${who}: ${error.message} (${who} --help)`);
    return 2;
  }
  if (error instanceof EndedBySignal) {
    complain(`${who}: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof EarshotError) {
    complain(`${who}: ${error.message}`);
    return USAGE_CODES.includes(error.code) ? 2 : 1;
  }
  // The system's own refusals (no such file, address in use) say enough; anything else is a bug of ours.
  const isSystemError = error instanceof Error && 'syscall' in error;
  if (isSystemError) complain(`${who}: ${error.message}`);
  else console.error(`${who}:`, error);
  return 1;
}

// `earshot replay --json | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (whenUnread === 'ends') process.exit(0);
});
// Nor are log lines that nobody reads.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const words = process.argv.slice(2);
process.exitCode = await main(words).catch((error: unknown) => report(error, words));
