import { setImmediate } from 'node:timers/promises';
import { pcapParts } from '../capture/pcap-writer.js';
import { csvTraceParts, ndjsonTraceParts } from '../capture/timing-trace-writer.js';
import { OutputFile } from '../replay/output-file.js';
import type { TimedPacket } from '../simulate/index.js';
import { UsageError } from './usage-error.js';

type Parts = (packets: Iterable<TimedPacket>) => Iterable<Uint8Array | string>;

/** What a file holds by the end of its name. */
const WRITERS: Readonly<Record<string, Parts>> = {
  pcap: pcapParts,
  csv: csvTraceParts,
  ndjson: ndjsonTraceParts,
};
export type PacketFileFormat = 'pcap' | 'csv' | 'ndjson';
const PENDING_BYTES = 1 << 16;

/** @throws {UsageError} for a name with another end */
export function packetFileFormat(flag: string, path: string): PacketFileFormat {
  const format = Object.keys(WRITERS).find((suffix) => path.toLowerCase().endsWith(`.${suffix}`));
  if (format !== undefined) return format as PacketFileFormat;
  throw new UsageError(`${flag} takes a name that ends in .pcap, .csv or .ndjson, got ${path}`);
}

/**
 * Writes packets as they come; the file is there when all of them are in it.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` when the file cannot be written, `EARSHOT_WRITE_FAILED` when not to its end;
 *   whatever `packets` throws; the signal's reason
 */
export async function writePacketFile(
  path: string,
  format: PacketFileFormat,
  packets: Iterable<TimedPacket>,
  signal: AbortSignal,
): Promise<void> {
  using file = new OutputFile(path);
  const pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for (const part of (WRITERS[format] as Parts)(packets)) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
    pending.push(bytes);
    pendingBytes += bytes.length;
    if (pendingBytes < PENDING_BYTES) continue;
    file.write(Buffer.concat(pending.splice(0)));
    pendingBytes = 0;
    await setImmediate();
    signal.throwIfAborted();
  }
  file.write(Buffer.concat(pending));
  file.complete();
}
