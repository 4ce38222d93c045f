import type { ByteCursor } from './byte-cursor.js';
import { type CaptureRecord, ownBytes } from './record.js';

/** What a line of a timing trace tells, by column; the first three must be there. */
type Row = Partial<Record<Column, unknown>>;
type Column = 'seq' | 'rtp_ts' | 'arrival_us' | 'payload_len' | 'marker' | 'pt' | 'ssrc';

interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  readonly offset: number;
}

/** Largest value of each column, and what stands for it where the trace does not tell. */
const COLUMNS: Readonly<Record<Column, { readonly max: number; readonly missing?: number }>> = {
  seq: { max: 0xffff },
  rtp_ts: { max: 0xffffffff },
  arrival_us: { max: Number.MAX_SAFE_INTEGER },
  payload_len: { max: 0xffff, missing: 0 },
  marker: { max: 1, missing: 0 },
  pt: { max: 127, missing: 111 },
  ssrc: { max: 0xffffffff, missing: 0 },
};
const NAMES = Object.keys(COLUMNS) as readonly Column[];
/** No line of numbers is as long. */
const MAX_LINE_BYTES = 2048;
const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = /^\u00ef\u00bb\u00bf/; // UTF-8, read as Latin-1
const RTP_HEADER_BYTES = 12;

/** Whether a file begins with a line of column names, one of them ours. */
export function isCsvTrace(start: Buffer): boolean {
  const [line = ''] = start.toString('latin1').split('\n');
  return line.includes(',') && fieldsOf(line).some((name) => NAMES.some((one) => one === name));
}

/** Whether a file begins with a JSON object of one line with a name of ours. */
export function isNdjsonTrace(start: Buffer): boolean {
  const text = start.toString('latin1').replace(BYTE_ORDER_MARK, '').trimStart();
  return text.startsWith('{') && NAMES.some((name) => text.includes(`"${name}"`));
}

/**
 * Packets of a timing trace as comma separated values: a line of column names in any order, then a line of whole numbers
 * for each packet. `seq`, `rtp_ts` and `arrival_us` must be there; `payload_len`, `marker`, `pt` and `ssrc` may; others are
 * not looked at.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE` with the line
 */
export function* readCsvTrace(cursor: ByteCursor): Generator<CaptureRecord> {
  let names: readonly string[] | undefined;
  for (const line of linesOf(cursor)) {
    const fields = fieldsOf(line.text);
    if (names === undefined) {
      names = fields;
      continue;
    }
    if (fields.length !== names.length) {
      throw bad(cursor, line, `${fields.length} values for ${names.length} columns`);
    }
    const row: Row = {};
    for (const column of NAMES) {
      const index = names.indexOf(column);
      if (index < 0) continue;
      const field = fields[index] ?? '';
      row[column] = /^\d{1,16}$/.test(field) ? Number(field) : field;
    }
    yield recordOf(cursor, line, row);
  }
}

/**
 * The same with a JSON object a line, its names those of the columns; `marker` may be true or false.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE` with the line
 */
export function* readNdjsonTrace(cursor: ByteCursor): Generator<CaptureRecord> {
  for (const line of linesOf(cursor)) {
    let row: unknown;
    try {
      row = JSON.parse(line.text);
    } catch {
      throw bad(cursor, line, 'not JSON');
    }
    if (typeof row !== 'object' || row === null) throw bad(cursor, line, 'not a JSON object');
    const { marker } = row as Row;
    const isMarked = typeof marker === 'boolean' ? { marker: Number(marker) } : {};
    yield recordOf(cursor, line, { ...row, ...isMarked });
  }
}

/** An RTP header and how long its packet was: what a capture holds that was cut behind it. */
function recordOf(cursor: ByteCursor, line: Line, row: Row): CaptureRecord {
  const value = (column: Column): number => {
    const { max, missing } = COLUMNS[column];
    const found = row[column] ?? missing;
    if (typeof found === 'number' && Number.isInteger(found) && found >= 0 && found <= max) {
      return found;
    }
    throw found === undefined
      ? bad(cursor, line, `no ${column}; a timing trace needs seq, rtp_ts and arrival_us`)
      : bad(cursor, line, `${column} is ${describe(found)}, not a whole number in 0..${max}`);
  };
  const data = Buffer.alloc(RTP_HEADER_BYTES);
  data.writeUInt8(0x80, 0); // version 2
  data.writeUInt8((value('marker') << 7) | value('pt'), 1);
  data.writeUInt16BE(value('seq'), 2);
  data.writeUInt32BE(value('rtp_ts'), 4);
  data.writeUInt32BE(value('ssrc'), 8);
  return {
    timeUs: value('arrival_us'),
    linkLayer: 'udp-payload',
    ...ownBytes(data),
    originalBytes: RTP_HEADER_BYTES + value('payload_len'),
    offset: line.offset,
    isHeaderOnly: true,
  };
}

function* linesOf(cursor: ByteCursor): Generator<Line> {
  for (let number = 1; cursor.remainingBytes > 0; number++) {
    const offset = cursor.offset;
    const bytes = cursor.peek(Math.min(MAX_LINE_BYTES, cursor.remainingBytes), 'a line');
    const end = bytes.indexOf(LINE_FEED);
    if (end < 0 && bytes.length < cursor.remainingBytes) {
      throw cursor.bad(offset, `line ${number}: more than ${MAX_LINE_BYTES} bytes`);
    }
    cursor.skip(end < 0 ? bytes.length : end + 1, 'a line');
    const text = bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
    const trimmed = text.replace(BYTE_ORDER_MARK, '').trim();
    if (trimmed !== '') yield { text: trimmed, number, offset };
  }
}

function fieldsOf(line: string): readonly string[] {
  return line
    .replace(BYTE_ORDER_MARK, '')
    .split(',')
    .map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
}

function bad(cursor: ByteCursor, line: Line, what: string): Error {
  return cursor.bad(line.offset, `line ${line.number}: ${what}`);
}

function describe(value: unknown): string {
  const text = typeof value === 'object' ? 'an object' : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
