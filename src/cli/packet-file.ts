import { closeSync, rmSync, writeSync } from 'node:fs';
import { pcapParts } from '../capture/pcap-writer.js';
import { csvTraceParts, ndjsonTraceParts } from '../capture/timing-trace-writer.js';
import { openForWriting } from '../replay/wav.js';
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
 * Writes packets as they come; a file that cannot be completed is taken away.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` when the file cannot be written; whatever `packets` throws
 */
export function writePacketFile(
  path: string,
  format: PacketFileFormat,
  packets: Iterable<TimedPacket>,
): void {
  const file = openForWriting(path);
  const pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const flush = (): void => {
    const bytes = Buffer.concat(pending);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    pending.length = 0;
    pendingBytes = 0;
  };
  try {
    for (const part of (WRITERS[format] as Parts)(packets)) {
      const bytes = typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
      pending.push(bytes);
      pendingBytes += bytes.length;
      if (pendingBytes >= PENDING_BYTES) flush();
    }
    flush();
    closeSync(file);
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
}
