import { EarshotError } from '../errors.js';

/** A whole RTP packet, header included, and when it arrived. */
export interface RtpArrival {
  readonly data: Uint8Array;
  /** Integer µs on the clock that `poll` is given, 0..2^53. */
  readonly arrivalUs: number;
}

/**
 * Throws unless `timeUs` is a time the engine takes.
 *
 * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT`
 */
export function checkTime(name: string, timeUs: unknown): void {
  if (Number.isSafeInteger(timeUs) && (timeUs as number) >= 0) return;
  throw new EarshotError(
    'EARSHOT_BAD_ARGUMENT',
    `Expected ${name} to be integer µs in 0..2^53, got ${String(timeUs)} (${typeof timeUs})`,
  );
}
