import { checkRange } from '../errors.js';

/** Whose two clocks a sender report tells, and what it says of them (RFC 3550 6.4.1). */
export interface SenderReportTimes {
  /** Of the sender, 0..2^32-1. */
  readonly ssrc: number;
  /** Seconds since 1900, and their fraction in units of 2^-32; 0..2^32-1 both. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  /** 0..2^32-1 */
  readonly rtpTimestamp: number;
}

const FIELDS = ['ssrc', 'ntpSeconds', 'ntpFraction', 'rtpTimestamp'] as const;
const MAX_UINT32 = 0xffff_ffff;
/** From 1900, where NTP begins, to 1970. */
const UNIX_EPOCH_SECONDS = 2_208_988_800;

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` for a field out of 0..2^32-1 */
export function checkSenderReport(report: SenderReportTimes): void {
  for (const field of FIELDS) checkRange(field, report[field], 0, MAX_UINT32);
}

/** A wall clock as a sender report writes it; its seconds begin again in 2036. */
export function ntpOf(unixUs: number): Pick<SenderReportTimes, 'ntpSeconds' | 'ntpFraction'> {
  const seconds = Math.floor(unixUs / 1e6);
  return {
    ntpSeconds: (seconds + UNIX_EPOCH_SECONDS) % 2 ** 32,
    // Rounded up: reading it rounds down.
    ntpFraction: Math.min(MAX_UINT32, Math.ceil(((unixUs - seconds * 1e6) * 2 ** 32) / 1e6)),
  };
}
