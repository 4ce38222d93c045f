import { packageVersion } from '../package-folder.js';
import type { Command } from './command.js';
import { examineEngine } from './doctor-engine.js';
import type { Finding } from './doctor-finding.js';
import { examineMediasoup } from './doctor-mediasoup.js';
import { examineTcp, examineUdp } from './doctor-network.js';
import { examineNode } from './doctor-node.js';
import { examineRecognizers } from './doctor-recognizers.js';
import { parseFlags } from './flags.js';
import { say } from './say.js';
import { UsageError } from './usage-error.js';

const HELP = `Looks at what this machine has for Earshot, by trying it: the engine decodes a call, sockets are bound.

Usage: earshot doctor [--json]

  --json   one object: version, ok, and under findings {name, state, found, help, facts} of each check

Example:
  earshot doctor

Each line is ok, absent (optional, with the command that adds it) or FAILED (needed, with what helps).
Without a recognizer that knows words calls are still received and watched, only no words appear.

Exit code: 0 when calls can be received and heard, 1 when not.
`;

export const doctorCommand: Command = {
  help: HELP,
  async run(words) {
    const { values, positionals } = parseFlags(words, { json: { type: 'boolean' } });
    if (positionals.length > 0) throw new UsageError(`doctor takes no ${positionals[0]}`);

    const findings: readonly Finding[] = [
      examineNode(),
      ...examineEngine(),
      ...(await examineRecognizers()),
      await examineUdp(),
      await examineTcp(),
      await examineMediasoup(),
    ];
    const ok = findings.every(({ state }) => state !== 'failed');
    if (values.json) {
      say(JSON.stringify({ version: packageVersion(), ok, findings }, null, 2));
    } else {
      print(findings, ok);
    }
    return ok ? 0 : 1;
  },
};

function print(findings: readonly Finding[], ok: boolean): void {
  say(`earshot ${packageVersion()}\n`);
  const width = Math.max(...findings.map(({ name }) => name.length));
  const indent = ' '.repeat(10 + width);
  for (const { name, state, found, help } of findings) {
    const label = state === 'failed' ? 'FAILED' : state;
    say(`${label.padEnd(8)}${name.padEnd(width + 2)}${found.replaceAll('\n', `\n${indent}`)}`);
    if (help !== undefined) say(`${indent}-> ${help}`);
  }
  say(
    ok
      ? '\nCalls can be received and heard. Next: earshot serve'
      : '\nCalls cannot be received on this machine yet: see FAILED above.',
  );
}
