import { openCapture } from '../capture/capture.js';
import { capturesIn } from '../capture/capture-folder.js';
import { whyNoRtp } from '../capture/no-rtp.js';
import type { Codecs } from '../capture/payload-types.js';
import { listStreams, type StreamListing } from '../capture/rtp-streams.js';
import type { SrtpKeys } from '../capture/srtp-decryption.js';
import { EarshotError } from '../errors.js';
import { CAPTURE_FLAGS, CAPTURE_FLAGS_HELP, readSrtpKeys } from './capture-flags.js';
import { captureWarnings } from './capture-warnings.js';
import type { Command } from './command.js';
import { parseFlags, readCodecs } from './flags.js';
import { runInFolder } from './folder-run.js';
import { checkIsThere } from './input-file.js';
import { complain, say } from './say.js';
import { streamTable } from './streams-table.js';
import { UsageError } from './usage-error.js';

const HELP = `Lists the RTP streams of a capture and what the network did to them. Nothing is decoded, so every codec is listed.

Usage: earshot streams <capture or folder> [flags]

  <capture>            pcap, pcapng, rtpdump (binary or text), rtpproxy, Janus mjr or RTC event log
${CAPTURE_FLAGS_HELP}  --json               an object on stdout, of a folder an array of them

Example:
  earshot streams call.pcapng
  earshot streams recordings --json

How to read it:
  codec      by RFC 3551, by --codec, or by what the packets look like; ? where they do not tell
  lost       sequence numbers that never came; pauses of DTX and comfort noise leave none out
  jitter     RFC 3550's running estimate: its mean and its greatest value
  notes      keys pressed (how many, never which), comfort noise, pauses, packets that came twice or late, SRTP

Addresses are never printed: they are personal data, and ports and SSRC tell streams apart.

Exit code: 0 done; 1 no stream could be listed, with the reason; 2 wrong flags.
`;

export const streamsCommand: Command = {
  help: HELP,
  async run(words) {
    const { values, positionals } = parseFlags(words, {
      ...CAPTURE_FLAGS,
      json: { type: 'boolean' },
    });
    const [path, ...others] = positionals;
    if (path === undefined) throw new UsageError('which capture? It takes a file or a folder');
    if (others.length > 0) throw new UsageError(`one capture at a time, got ${positionals.length}`);
    const codecs = readCodecs('--codec', values.codec) ?? {};
    const srtp = readSrtpKeys(values);

    const asJson = values.json === true;
    checkIsThere(path);
    const folder = capturesIn(path);
    if (folder.isFolder) {
      return runInFolder(path, folder, {
        run: (file) => listOne(file, codecs, srtp),
        print(listing) {
          if (!asJson) say(`${streamTable(listing)}\n`);
          warn(listing);
        },
        asJson,
      });
    }
    const listing = listOne(path, codecs, srtp);
    say(asJson ? JSON.stringify(listing, null, 2) : streamTable(listing));
    warn(listing);
    return 0;
  },
};

/** @throws {EarshotError} `EARSHOT_NO_STREAM` where there is no RTP, `EARSHOT_BAD_CAPTURE` */
function listOne(file: string, codecs: Codecs, srtp: SrtpKeys | undefined): StreamListing {
  const capture = openCapture(file, { srtp });
  const listing = listStreams(capture, codecs);
  if (listing.streams.length > 0) return listing;
  throw new EarshotError('EARSHOT_NO_STREAM', `${file}: ${whyNoRtp(capture)}`);
}

function warn({ file, counts }: StreamListing): void {
  for (const line of captureWarnings(file, counts)) complain(line);
}
