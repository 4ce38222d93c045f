/** Why a body was refused; `status` is the answer RFC 9725 gives for it. */
export class SdpError extends Error {
  override readonly name = 'SdpError';
  /** 400 for what is not SDP, 422 for SDP that asks for what is not offered here. */
  readonly status: 400 | 422;

  constructor(status: 400 | 422, message: string) {
    super(message);
    this.status = status;
  }
}

export interface SdpLine {
  /** The letter before `=`. */
  readonly type: string;
  readonly value: string;
}

/** An `a=` line taken apart; a property attribute has an empty value. */
export interface SdpAttribute {
  readonly name: string;
  readonly value: string;
}

const MAX_LINES = 1000;
const MAX_LINE_CHARACTERS = 2048;
const LINE = /^([a-z])=([\x20-\x7e\x80-\uffff]*)$/;

/**
 * Splits an SDP body or fragment into lines (RFC 8866 5).
 *
 * @throws {SdpError} 400 when a line is not `<letter>=<text>`, too long, or there are too many
 */
export function splitSdp(body: string): SdpLine[] {
  const rows = body.split(/\r\n|\n/);
  if (rows.at(-1) === '') rows.pop();
  if (rows.length > MAX_LINES) throw new SdpError(400, `More than ${MAX_LINES} SDP lines`);
  return rows.map((row, index) => {
    const match = row.length <= MAX_LINE_CHARACTERS ? LINE.exec(row) : null;
    const [, type, value] = match ?? [];
    if (type === undefined || value === undefined) {
      throw new SdpError(400, `Line ${index + 1} is not an SDP line`);
    }
    return { type, value };
  });
}

export function attributesOf(lines: readonly SdpLine[]): SdpAttribute[] {
  return lines
    .filter((line) => line.type === 'a')
    .map(({ value }) => {
      const colon = value.indexOf(':');
      return colon < 0
        ? { name: value, value: '' }
        : { name: value.slice(0, colon), value: value.slice(colon + 1) };
    });
}

export function valuesOf(attributes: readonly SdpAttribute[], name: string): string[] {
  return attributes
    .filter((attribute) => attribute.name === name)
    .map((attribute) => attribute.value);
}

// RFC 8839 5.4: 4..256 and 22..256 ice-chars.
const UFRAG = /^[A-Za-z0-9+/]{4,256}$/;
const PASSWORD = /^[A-Za-z0-9+/]{22,256}$/;

export function isIceUfrag(value: string | undefined): value is string {
  return value !== undefined && UFRAG.test(value);
}

export function isIcePassword(value: string | undefined): value is string {
  return value !== undefined && PASSWORD.test(value);
}
